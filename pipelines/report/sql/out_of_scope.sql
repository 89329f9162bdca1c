-- Records that are not meant for the store, by reason. Bound: $run_id.
SELECT entity, reason, count(*) AS records, list(coalesce(sku, name, item_id) ORDER BY sku)[:12] AS examples
FROM {end_states} WHERE run_id = $run_id AND state = 'out_of_scope'
GROUP BY entity, reason ORDER BY entity, records DESC
