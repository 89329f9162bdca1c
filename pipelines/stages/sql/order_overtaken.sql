-- order_overtaken
-- Writes of orders nobody answered that need no answer any more (I-17). Grain: intent. A document is sent again under its own
-- id and has its answer then. Anything else has it once the same was done again, or once it can no longer arrive and this
-- run had no need of it: whoever needs it later looks for it first. Whether a sale is voided is asked until it is known. Inputs: sync.unknown, sync.intents, sync.ended,
-- sync.sale_documents, plan. Bound: $connection, $ripe: what was planned until then can no longer arrive.
WITH left_open AS (
    SELECT n, level, action, item_id, coalesce(target_id, '') AS target_id, coalesce(parent_item_id, '') AS parent_id, planned_at
    FROM sync.unknown WHERE connection = $connection AND entity = 'orders' AND (level, action) <> ('sale', 'create')
), answered AS (
    SELECT i.level, i.action, i.item_id, coalesce(i.target_id, '') AS target_id, coalesce(i.parent_item_id, '') AS parent_id, max(i.n) AS n
    FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
    WHERE i.connection = $connection AND i.entity = 'orders'
    GROUP BY ALL
)
SELECT u.intent
FROM sync.sale_documents AS u
JOIN sync.sale_documents AS d ON d.connection = u.connection AND d.order_id = u.order_id AND d.number = u.number
    AND d.document_id = u.document_id AND d.intent > u.intent AND d.outcome <> 'unknown'
WHERE u.connection = $connection AND u.outcome = 'unknown'
UNION
SELECT o.n FROM left_open AS o JOIN answered AS a USING (level, action, item_id, target_id, parent_id) WHERE a.n > o.n
UNION
SELECT o.n
FROM left_open AS o
ANTI JOIN (FROM plan WHERE entity = 'orders') AS p ON p.level = o.level AND p.action = o.action AND p.item_id = o.item_id
ANTI JOIN (FROM sync.sale_documents WHERE connection = $connection AND outcome IN ('ok', 'exists') AND voided_at IS NULL) AS d
    ON d.sale_id = o.target_id AND o.action = 'void'
WHERE o.planned_at <= $ripe
ORDER BY ALL;
