-- Levels of a SKU that the store alone moved, the newest first, and what became of them. Bound: $ids.
SELECT coalesce(w.name, d.location_id) AS location, d.units, d.since, d.state, d.ended_at, coalesce(d.by_orders, false) AS by_orders
FROM {shop_drift} AS d
LEFT JOIN {target_locations} AS w ON w.location_id = d.location_id
WHERE list_contains(CAST($ids AS VARCHAR[]), d.item_id) ORDER BY d.since DESC, location LIMIT 10
