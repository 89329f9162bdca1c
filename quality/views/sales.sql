-- One row per order that this plan records, corrects or voids: how often the references of its new sales are used, and by how
-- many minor units what then stands at the till differs from the order. Not known of an order with a sale of unknown outcome, of one
-- that is alive while its sale is voided for certain, of one whose sales are looked for, nor where staff took something out of a sale by hand; what they voided does not stand.
WITH planned AS (
    SELECT item_id AS order_id, changes -> 'document' -> 'after' AS document
    FROM plan WHERE entity = 'orders' AND level = 'sale' AND action = 'create' AND state = 'planned'
),
told AS (
    SELECT order_id, reference, document_id, document, outcome, sale_id, voided_at, owes FROM sync.sale_documents WHERE connection = $connection
),
names AS (
    SELECT order_id, document ->> 'reference' AS reference, document ->> 'id' AS document_id, true AS new FROM planned
    UNION ALL
    SELECT order_id, reference, document_id, false FROM told WHERE outcome IN ('ok', 'exists')
),
used AS (
    SELECT *, count(*) OVER (PARTITION BY reference) AS same_reference, count(*) OVER (PARTITION BY document_id) AS same_id FROM names
),
worst AS (
    SELECT order_id, max(same_reference) AS same_reference, max(same_id) AS same_id, arg_max(reference, greatest(same_reference, same_id)) AS reference
    FROM used WHERE new GROUP BY order_id
),
standing AS (
    SELECT order_id, document FROM planned
    UNION ALL
    SELECT order_id, document FROM told
    WHERE outcome IN ('ok', 'exists') AND voided_at IS NULL AND sale_id NOT IN (SELECT sale_id FROM by_hand WHERE voided)
      AND sale_id NOT IN (SELECT target_id FROM plan WHERE entity = 'orders' AND level = 'sale' AND action = 'void' AND state = 'planned')
),
money AS (
    SELECT order_id, sum(CASE WHEN (document ->> 'kind') = 'return' THEN -1 ELSE 1 END * CAST(line ->> 'total' AS DECIMAL(18, 4))) AS total
    FROM (SELECT order_id, document, unnest(json_extract(document, '$.lines[*]')) AS line FROM standing)
    GROUP BY order_id
),
unsure AS (
    SELECT order_id FROM told WHERE outcome = 'unknown' OR owes
    UNION
    SELECT order_id FROM by_hand WHERE edited OR returned > 0
    UNION
    SELECT p.item_id FROM plan AS p JOIN orders_desired AS o ON o.order_id = p.item_id
    WHERE p.entity = 'orders' AND (p.action = 'void' AND o.becomes IS DISTINCT FROM 'voided' OR p.action = 'find')
)
SELECT d.order_id AS item_id, CAST(NULL AS VARCHAR) AS sku, 'order ' || d.number AS name,
       w.reference, CAST(coalesce(w.same_reference, 0) AS BIGINT) AS same_reference, CAST(coalesce(w.same_id, 0) AS BIGINT) AS same_id,
       CASE WHEN u.order_id IS NULL THEN CAST(ceil(abs(coalesce(m.total, 0) - CASE WHEN d.becomes = 'voided' THEN 0 ELSE d.total - d.given_back END)) AS BIGINT) END AS off_total,
       money_text(coalesce(m.total, 0), a.places, d.currency) AS sales_text, money_text(CASE WHEN d.becomes = 'voided' THEN 0 ELSE d.total - d.given_back END, a.places, d.currency) AS total_text
FROM orders_desired AS d
SEMI JOIN (FROM plan WHERE entity = 'orders' AND level = 'sale' AND state = 'planned') AS p ON p.item_id = d.order_id
CROSS JOIN (SELECT any_value(decimal_places) AS places FROM target_account) AS a
LEFT JOIN worst AS w ON w.order_id = d.order_id
LEFT JOIN money AS m ON m.order_id = d.order_id
LEFT JOIN unsure AS u ON u.order_id = d.order_id
ORDER BY d.order_id
