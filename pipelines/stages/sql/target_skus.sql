-- Which SKUs of the work set are asked for: nothing is linked to them, or nobody knows whether they were made again. Inputs: work_set,
-- sync.links, sync.unknown, sync.sent_skus, source_variants. Bound: $connection.
SELECT DISTINCT trim(v.sku) AS sku FROM source_variants AS v
JOIN work_set AS w ON w.entity = 'products' AND w.item_id = v.product_id
ANTI JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state <> 'proposed') AS l
    ON l.from_id = v.variant_id
WHERE v.deleted_at IS NULL AND trim(v.sku) <> ''
UNION
SELECT trim(v.sku) FROM source_variants AS v
JOIN work_set AS w ON w.entity = 'products' AND w.item_id = v.product_id
SEMI JOIN (
    SELECT i.variant_id FROM source_variants AS i
    SEMI JOIN (FROM sync.unknown WHERE connection = $connection AND action = 'create' AND level = 'product') AS u ON u.item_id = i.product_id
    UNION ALL
    SELECT item_id FROM sync.unknown WHERE connection = $connection AND action = 'create' AND level = 'variant'
) AS u ON u.variant_id = v.variant_id
WHERE v.deleted_at IS NULL AND trim(v.sku) <> ''
UNION
SELECT trim(sku) FROM sync.sent_skus AS s
SEMI JOIN (FROM work_set WHERE entity = 'products') AS w ON w.item_id = s.product_id
WHERE s.connection = $connection AND trim(sku) <> '' ORDER BY 1;
