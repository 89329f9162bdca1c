-- What a decision on holds is bound to: ids and the hash of what is shown now. Bound: $connection, $holds.
SELECT hold_id, class, classes, entity, level, action, item_id, location_id, target_id, sku, wanted,
       CASE WHEN changes IS NULL THEN shown ELSE sync.shown_hash(level, action, item_id, location_id, target_id, changes) END AS shown
FROM sync.holds
WHERE connection = $connection AND list_contains(CAST($holds AS VARCHAR[]), hold_id)
ORDER BY hold_id
