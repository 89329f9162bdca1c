-- One row per record and field whose latest decision took something out of the value, or kept all of it from the store, for what is in it.
-- Only where ever_cleaned has rows.
WITH judged AS (
    SELECT d.entity, d.field, d.item_id, d.decision, d.reason
    FROM field_decisions AS d
    JOIN field_rules AS r ON r.entity = d.entity AND r.field = d.field AND r.syncs
    SEMI JOIN ever_cleaned AS ever ON ever.entity = d.entity AND ever.field = d.field AND ever.item_id = d.item_id
    QUALIFY row_number() OVER (PARTITION BY d.entity, d.field, d.item_id ORDER BY d.decided_at DESC, d.run_id DESC) = 1
),
skus AS (SELECT product_id, min(sku) AS sku FROM source_variants WHERE deleted_at IS NULL GROUP BY product_id)
SELECT j.item_id, coalesce(v.sku, k.sku) AS sku, p.name, j.entity || '.' || j.field AS field, j.reason,
       j.decision NOT IN ('cleaned', 'withheld') AS is_whole
FROM judged AS j
LEFT JOIN source_variants AS v ON v.variant_id = j.item_id AND j.entity = 'variants'
JOIN source_products AS p ON p.product_id = CASE WHEN j.entity = 'variants' THEN v.product_id ELSE j.item_id END
LEFT JOIN skus AS k ON k.product_id = p.product_id
ORDER BY j.item_id, j.entity, j.field
