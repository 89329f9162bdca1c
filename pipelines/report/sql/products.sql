-- How many products the SKUs are of that the run looked at. Bound: $run_id.
SELECT count(DISTINCT v.product_id) AS products
FROM {end_states} AS e JOIN {source_variants} AS v ON v.variant_id = e.item_id
WHERE e.run_id = $run_id AND e.entity = 'products'
