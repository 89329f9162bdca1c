-- What the run meant to write and what became of it, at most $limit rows of a phase. Grain: plan row. Bound: $run_id.
-- A row without a receipt of its own that goes to a record created in this run went with that creation.
WITH till AS (
    SELECT product_id, list(sku ORDER BY sku) AS skus FROM {source_variants}
    WHERE sku IS NOT NULL GROUP BY product_id
),
creations AS (
    SELECT p.item_id, r.outcome, r.message
    FROM {plan} AS p JOIN {receipts} AS r ON r.run_id = $run_id AND r.plan_seq = p.seq
    WHERE p.level = 'product' AND p.action = 'create'
)
SELECT p.seq, p.phase, p.level, p.action, p.name, p.changes, p.state, p.reason, p.rule, w.name AS location,
       CASE WHEN p.sku IS NOT NULL THEN [p.sku] ELSE coalesce(t.skus, []) END AS skus,
       coalesce(r.outcome, c.outcome) AS outcome, coalesce(r.message, c.message) AS message,
       r.outcome IS NULL AND c.outcome IS NOT NULL AS with_product,
       count(*) OVER (PARTITION BY p.phase) AS total
FROM {plan} AS p
LEFT JOIN till AS t ON p.sku IS NULL AND t.product_id = p.item_id
LEFT JOIN {receipts} AS r ON r.run_id = $run_id AND r.plan_seq = p.seq
LEFT JOIN creations AS c ON p.level IN ('variant', 'images') AND c.item_id = coalesce(p.parent_item_id, p.item_id)
    AND starts_with(coalesce(p.parent_target_id, p.target_id), 'created:')
LEFT JOIN {target_locations} AS w ON w.location_id = p.location_id
WHERE p.state IN ('planned', 'dropped')
QUALIFY row_number() OVER (PARTITION BY p.phase ORDER BY p.seq) <= $limit
ORDER BY p.seq
