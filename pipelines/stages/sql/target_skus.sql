-- Which SKUs of the work set are asked for because nothing is linked to them. Inputs: work_set, sync.links, source_variants.
-- Bound: $connection.
SELECT DISTINCT trim(v.sku) AS sku FROM source_variants AS v
JOIN work_set AS w ON w.entity = 'products' AND w.item_id = v.product_id
ANTI JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state <> 'proposed') AS l
    ON l.from_id = v.variant_id
WHERE v.deleted_at IS NULL AND trim(v.sku) <> '' ORDER BY 1;
