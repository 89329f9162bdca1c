-- Which products of the store the work set asks for by id: those it is linked to, those its SKUs are on (one of several that share
-- a page is not linked itself), those read earlier that would now be linked, and those we deleted that no reading proved gone.
-- Inputs: work_set, sync.links, sync.unproven, source_variants, target_variants. Bound: $connection.
SELECT DISTINCT l.to_id FROM sync.links AS l JOIN work_set AS w ON w.item_id = l.from_id AND w.entity = 'products'
WHERE l.connection = $connection AND l.level = 'products' AND l.state IN ('linked', 'broken')
UNION
SELECT l.to_id FROM sync.links AS l JOIN work_set AS w ON w.item_id = l.from_id AND w.entity = 'products'
SEMI JOIN (FROM sync.unproven WHERE connection = $connection AND entity = 'products') AS u ON u.item_id = l.from_id
WHERE l.connection = $connection AND l.level = 'products' AND l.state = 'tombstoned'
UNION
SELECT t.product_id
FROM source_variants AS v
JOIN work_set AS w ON w.entity = 'products' AND w.item_id = v.product_id
JOIN sync.links AS l ON l.connection = $connection AND l.level = 'variants' AND l.state = 'linked' AND l.from_id = v.variant_id
JOIN target_variants AS t ON t.variant_id = l.to_id
UNION
SELECT t.product_id
FROM (
    SELECT product_id, unnest(['sku ' || nfc_normalize(trim(sku)), 'upc ' || trim(upc)]) AS key FROM target_variants
) AS t
JOIN (
    SELECT unnest(['sku ' || nfc_normalize(trim(v.sku)), 'upc ' || trim(v.upc)]) AS key
    FROM source_variants AS v
    JOIN work_set AS w ON w.entity = 'products' AND w.item_id = v.product_id
    ANTI JOIN (
        FROM sync.links WHERE connection = $connection AND level = 'variants' AND state IN ('linked', 'unlinked', 'broken')
    ) AS l ON l.from_id = v.variant_id
    WHERE v.deleted_at IS NULL
) AS unlinked USING (key)
ORDER BY 1;
