-- Variants the store has by itself within linked products: nobody's at the till. Grain: variant. Inputs: target_variants, target_products,
-- sync.links. Bound: $connection.
SELECT t.sku, p.name
FROM target_variants AS t
JOIN (FROM sync.links WHERE connection = $connection AND level = 'products' AND state = 'linked') AS k ON k.to_id = t.product_id
JOIN target_products AS p ON p.product_id = t.product_id
ANTI JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants') AS l ON l.to_id = t.variant_id
WHERE NOT t.is_base
ORDER BY p.name, t.sku, t.variant_id
