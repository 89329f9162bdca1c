-- Stock three ways: at the till, as last agreed, in the store, and what may be shown; levels below 0 first. Grain: SKU and store location.
-- Of a record that was deleted in the store, or unlinked, no level of ours is there, and none is shown. Bound: $run_id, $connection, $limit.
SELECT d.sku, d.name, d.location, d.till_now, d.last_agreed, CASE WHEN k.from_id IS NULL THEN d.store_now END AS store_now, d.ordered, d.unexplained, d.buffer, d.coming_back, CASE WHEN k.from_id IS NULL THEN d.safe_level END AS safe_level, k.state AS without, d.negative, e.state, e.reason,
       count(*) OVER () AS total, count(*) FILTER (d.negative) OVER () AS below_zero
FROM {stock_three_way} AS d
LEFT JOIN {end_states} AS e ON e.run_id = $run_id AND e.entity = 'stock' AND e.item_id = d.item_id
    AND e.location_id IS NOT DISTINCT FROM d.location_id
LEFT JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state IN ('broken', 'unlinked')) AS k ON k.from_id = d.item_id
ORDER BY d.negative DESC NULLS LAST, d.sku, d.location LIMIT $limit
