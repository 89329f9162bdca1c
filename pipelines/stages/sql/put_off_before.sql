-- Products of which something was put off by the last run. Grain: product. Inputs: sync.retries, source_variants. Bound: $connection.
CREATE OR REPLACE TEMP TABLE put_off_before AS
SELECT DISTINCT coalesce(v.product_id, r.item_id) AS product_id
FROM sync.retries AS r
LEFT JOIN source_variants AS v ON v.variant_id = r.item_id AND r.entity = 'stock'
WHERE r.connection = $connection AND starts_with(r.reason, 'put off:');
