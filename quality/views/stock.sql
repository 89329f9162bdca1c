-- One row per SKU and store location whose level is in the work set.
SELECT d.item_id, v.sku, p.name, d.location_id, CAST(d.on_hand AS BIGINT) AS level, d.fractional,
       CAST(d.till_on_hand AS VARCHAR) AS till_text,
       d.on_hand IS NOT NULL AND coalesce(NOT bool_and(s.tracked), false) AS untracked_as_level,
       CAST(coalesce(sum(len(s.defects)), 0) AS BIGINT) AS defects, string_agg(array_to_string(s.defects, '; '), '; ') AS defect_text
FROM stock_desired AS d
JOIN source_variants AS v ON v.variant_id = d.item_id
JOIN source_products AS p ON p.product_id = v.product_id
LEFT JOIN (SELECT k.*, o.to_location_id FROM source_stock AS k JOIN source_outlets AS o ON o.location_id = k.location_id) AS s
    ON s.variant_id = d.item_id AND s.to_location_id = d.location_id
JOIN variants_link AS l ON l.from_id = d.item_id
LEFT JOIN scope AS c ON c.item_id = v.product_id
WHERE d.item_id IN (SELECT item_id FROM work_set WHERE entity = 'stock') AND (l.state = 'linked' OR c.what = 'create')
GROUP BY d.item_id, v.sku, p.name, d.location_id, d.on_hand, d.fractional, d.till_on_hand
ORDER BY d.item_id, d.location_id
