-- Which products of the store carry a level the work set asks for. Inputs: work_set, source_variants, target_variants, sync.links. Bound: $connection.
SELECT DISTINCT l.to_id
FROM work_set AS w
JOIN source_variants AS v ON v.variant_id = w.item_id
JOIN sync.links AS l ON l.from_id = v.product_id
WHERE w.entity = 'stock' AND l.connection = $connection AND l.level = 'products' AND l.state = 'linked'
UNION
SELECT t.product_id
FROM work_set AS w
JOIN sync.links AS l ON l.connection = $connection AND l.level = 'variants' AND l.state = 'linked' AND l.from_id = w.item_id
JOIN target_variants AS t ON t.variant_id = l.to_id
WHERE w.entity = 'stock'
ORDER BY 1;
