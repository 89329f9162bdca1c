-- One row per SKU that would be created or updated. Prices are whole minor units here.
-- Only where variant_pairs has rows.
SELECT v.item_id, v.sku, v.name,
       CAST(len(s.defects) AS BIGINT) AS defects, array_to_string(s.defects, '; ') AS defect_text,
       CAST(CAST(d.desired ->> 'price' AS DECIMAL(18, 4)) AS BIGINT) AS price,
       CAST(CAST(CAST(d.desired ->> 'price' AS DECIMAL(18, 4)) AS DECIMAL(18, 0)) AS VARCHAR) || ' (minor units)' AS price_text,
       CAST(CAST(d.desired ->> 'cost_price' AS DECIMAL(18, 4)) AS BIGINT) AS cost_price,
       CAST(CAST(CAST(d.desired ->> 'cost_price' AS DECIMAL(18, 4)) AS DECIMAL(18, 0)) AS VARCHAR) || ' (minor units)' AS cost_text,
       CAST(length(v.sku) AS BIGINT) AS sku_length,
       len(s.option_values) <> len(p.option_names) OR list_contains(list_transform(s.option_values, lambda x: coalesce(x, '')), '') AS options_missing
FROM variant_pairs AS v
JOIN (SELECT item_id, to_json(w) AS desired FROM variants_desired AS w) AS d ON d.item_id = v.item_id
JOIN source_variants AS s ON s.variant_id = v.item_id
JOIN source_products AS p ON p.product_id = s.product_id
WHERE v.product_what IN ('create', 'update')
ORDER BY v.item_id
