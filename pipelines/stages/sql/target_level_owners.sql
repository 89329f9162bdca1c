-- Which products of the store carry a level the work set asks for. Inputs: work_set, source_variants, sync.links. Bound: $connection.
SELECT DISTINCT l.to_id
FROM work_set AS w
JOIN source_variants AS v ON v.variant_id = w.item_id
JOIN sync.links AS l ON l.from_id = v.product_id
WHERE w.entity = 'stock' AND l.connection = $connection AND l.level = 'products' AND l.state = 'linked' ORDER BY l.to_id;
