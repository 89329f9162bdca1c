-- The journal's entries without which a lost warehouse could not be made again: creations that stand, the last word on a
-- product's images, deletions, and what is unknown. Grain: entry. Inputs: sync.intents, sync.outcomes, sync.ended, sync.unknown.
WITH made AS (
    SELECT max(i.n) AS intent
    FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
    WHERE i.action IN ('create', 'delete') AND i.level IN ('product', 'variant')
    GROUP BY i.connection, i.level, i.item_id, i.action
), pictured AS (
    SELECT max(i.n) AS intent
    FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.images IS NOT NULL
    GROUP BY i.connection, coalesce(i.parent_item_id, i.item_id)
), kept AS (
    SELECT intent FROM made UNION SELECT intent FROM pictured UNION SELECT n FROM sync.unknown
)
SELECT intent AS n FROM kept
UNION
SELECT max(o.n) FROM sync.outcomes AS o JOIN kept USING (intent) GROUP BY o.intent;
