-- One row per line of the orders that become sales.
SELECT l.order_id AS item_id, CAST(NULL AS VARCHAR) AS sku, 'order ' || d.number AS name,
       coalesce(nullif(trim(l.sku), ''), l.name, 'a line') AS line, l.item_id AS product, l.quantity > 0 AS above_zero, CAST(l.quantity AS VARCHAR) AS quantity_text
FROM order_lines_desired AS l
JOIN orders_desired AS d ON d.order_id = l.order_id
WHERE d.class IS NULL AND d.becomes = 'closed'
ORDER BY l.order_id, l.position, l.key
