-- One row per live SKU of the work set that is in scope, with the state of its link.
-- Only where scope has rows.
SELECT l.from_id AS item_id, l.sku, s.name, l.state, coalesce(l.reason, '') AS reason
FROM variants_link AS l
JOIN scope AS s ON s.item_id = l.product_id
WHERE s.what IN ('create', 'update', 'conflict') OR l.state = 'conflict'
ORDER BY l.from_id
