-- One row per variant the store has of a linked product, as far as this run looked at it: whether it is nobody's at the till.
SELECT t.variant_id AS item_id, t.sku, p.name, l.from_id IS NULL AS orphan
FROM target_variants AS t
JOIN (FROM products_link WHERE state = 'linked') AS k ON k.to_id = t.product_id
JOIN target_products AS p ON p.product_id = t.product_id
LEFT JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND to_id IS NOT NULL) AS l ON l.to_id = t.variant_id
WHERE NOT t.is_base
ORDER BY t.variant_id
