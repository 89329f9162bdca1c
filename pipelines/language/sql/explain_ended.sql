-- How the records of a SKU ended in the last run that saw them. Bound: $connection, $sku.
SELECT e.entity, e.location_id, e.state, e.reason, e.rule, e.run_id, r.mode, r.ended_at, r.only_plan, r.verdict
FROM {end_states} AS e
JOIN sync.runs AS r ON r.run_id = e.run_id AND r.connection = $connection
WHERE e.sku = $sku
QUALIFY r.started_at = max(r.started_at) OVER ()
ORDER BY e.entity, e.location_id
