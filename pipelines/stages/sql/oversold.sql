-- Items of which more is ordered online than the till has, with the orders. Grain: till item and store location. Inputs: stock_three_way, orders_in_flight.
-- Of units that orders hold back, not of a level that fell without an order.
SELECT d.sku, f.units AS ordered, greatest(d.till_now, 0) AS there, f.orders
FROM stock_three_way AS d
JOIN (
    SELECT item_id, sum(units) AS units, string_agg('order ' || number || ', ' || status, '; ' ORDER BY number, status) AS orders
    FROM orders_in_flight WHERE order_id <> 'drop' GROUP BY item_id
) AS f ON f.item_id = d.item_id
WHERE d.ordered > 0 AND d.till_now IS NOT NULL AND f.units > greatest(d.till_now, 0)
ORDER BY d.sku
