-- Whether what is read now is, as a whole, what was agreed: count and exclusive or of the hashes per entity and side.
-- Grain: one row per entity and side that is not. Inputs: source_*, target_*, sync.agreed. Bound: $connection.
WITH seen AS (
    SELECT 'products' AS entity, 'source' AS side, count(*) AS n, bit_xor(row_hash) AS one FROM source_products
    UNION ALL SELECT 'variants', 'source', count(*), bit_xor(row_hash) FROM source_variants
    UNION ALL SELECT 'images', 'source', count(*), bit_xor(row_hash) FROM source_images
    UNION ALL SELECT 'stock', 'source', count(*), bit_xor(row_hash) FROM source_stock
    UNION ALL SELECT 'components', 'source', count(*), bit_xor(row_hash) FROM source_components
    UNION ALL SELECT 'products', 'target', count(*), bit_xor(row_hash) FROM target_products
    UNION ALL SELECT 'variants', 'target', count(*), bit_xor(row_hash) FROM target_variants
    UNION ALL SELECT 'images', 'target', count(*), bit_xor(row_hash) FROM target_images
    UNION ALL SELECT 'stock', 'target', count(*), bit_xor(row_hash) FROM target_stock
),
agreed AS (
    SELECT entity, side, count(*) AS n, bit_xor(row_hash) AS one
    FROM sync.agreed WHERE connection = $connection GROUP BY entity, side
)
SELECT s.entity, s.side
FROM seen AS s
LEFT JOIN agreed AS a USING (entity, side)
WHERE coalesce(a.n, 0) <> s.n OR a.one IS DISTINCT FROM s.one
ORDER BY s.side, s.entity;
