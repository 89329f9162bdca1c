-- Items whose levels an order may have moved in the store by more or less than what is ordered of it now: it was changed, cancelled or given back
-- since the level was agreed, and no store says what that does to its levels. A new order that nobody touched is not among them.
-- Grain: till item. Inputs: order_items, document_lines, orders_due, target_orders, stock_agreed, sync.order_states. Bound: $connection.
CREATE OR REPLACE TEMP TABLE disturbed AS
SELECT i.item_id
FROM order_items AS i
JOIN target_orders AS o ON o.order_id = i.order_id
JOIN stock_agreed AS a ON a.item_id = i.item_id
LEFT JOIN orders_due AS d ON d.order_id = i.order_id
LEFT JOIN (FROM sync.order_states WHERE connection = $connection) AS s ON s.order_id = i.order_id
WHERE (d.order_id IS NOT NULL AND (s.order_id IS NOT NULL OR NOT i.taken OR i.quantity <> i.sold
                                   OR coalesce(o.changed_at, o.ordered_at) > o.ordered_at + INTERVAL 2 MINUTE))
   OR (s.run_id <> a.run_id AND s.recorded_at > a.agreed_at)
UNION
SELECT l.item_id FROM document_lines AS l SEMI JOIN orders_due AS d ON d.order_id = l.order_id;
