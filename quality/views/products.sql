-- One row per product that would be created or updated, with what the expectations look at.
-- Only where product_pairs has rows.
SELECT p.item_id, k.sku, p.name,
       CAST(len(s.defects) AS BIGINT) AS defects, array_to_string(s.defects, '; ') AS defect_text,
       CAST(length(coalesce(d.desired ->> 'name', '')) AS BIGINT) AS name_length,
       contains(coalesce(d.desired ->> 'name', ''), chr(0)) AS name_has_nul,
       CAST(length(coalesce(d.desired ->> 'brand', '')) AS BIGINT) AS brand_length,
       CAST(length(coalesce(array_to_string(from_json(d.desired -> 'search_keywords', '["VARCHAR"]'), ','), '')) AS BIGINT) AS keywords_length,
       CAST(coalesce(list_max(list_transform(from_json(d.desired -> 'custom_fields', '[{"name":"VARCHAR","value":"VARCHAR"}]'),
                                             lambda entry: greatest(length(entry.name), length(entry.value)))), 0) AS BIGINT) AS custom_field_length
FROM product_pairs AS p
JOIN (SELECT item_id, to_json(w) AS desired FROM products_wanted AS w) AS d USING (item_id)
JOIN source_products AS s ON s.product_id = p.item_id
LEFT JOIN (SELECT product_id, min(sku) AS sku FROM source_variants WHERE deleted_at IS NULL GROUP BY product_id) AS k ON k.product_id = p.item_id
ORDER BY p.item_id
