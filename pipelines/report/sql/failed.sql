-- Records that were sent and refused, or whose outcome is unknown. Bound: $run_id, $limit.
SELECT entity, sku, name, reason, rule, count(*) OVER () AS total
FROM {end_states} WHERE run_id = $run_id AND state = 'failed'
ORDER BY entity, sku LIMIT $limit
