-- Stock three ways: at the till, as last agreed, in the store, and what may be shown; levels below 0 first. Grain: SKU and store location.
-- Bound: $run_id, $limit.
SELECT d.sku, d.name, d.location, d.till_now, d.last_agreed, d.store_now, d.ordered, d.unexplained, d.buffer, d.coming_back, d.safe_level, d.negative, e.state, e.reason,
       count(*) OVER () AS total, count(*) FILTER (d.negative) OVER () AS below_zero
FROM {stock_three_way} AS d
LEFT JOIN {end_states} AS e ON e.run_id = $run_id AND e.entity = 'stock' AND e.item_id = d.item_id
    AND e.location_id IS NOT DISTINCT FROM d.location_id
ORDER BY d.negative DESC NULLS LAST, d.sku, d.location LIMIT $limit
