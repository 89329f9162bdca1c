-- What staff did at the till with sales of the orders this run considered. Grain: sale. Inputs: by_hand, orders_due, target_orders, order_statuses.
SELECT o.number, b.reference, b.voided, b.edited, b.returned, coalesce(s.open, true) AND coalesce(s.becomes, '') <> 'voided' AS open
FROM by_hand AS b
SEMI JOIN orders_due AS d ON d.order_id = b.order_id
JOIN target_orders AS o ON o.order_id = b.order_id
LEFT JOIN order_statuses AS s ON s.status = o.status
WHERE b.voided OR b.edited OR b.returned > 0
ORDER BY o.ordered_at, b.reference
