-- A product that a person deleted in the store is made again: what was ordered of it before still names its old variants.
-- Only of a record that was read: one the store lost before anybody saw it was never sold. Inputs: sync.links, source_variants.
-- Bound: $connection, $item: the till product, $run_id.
INSERT INTO sync.former_links
SELECT l.connection, l.from_id, l.to_id, $run_id
FROM sync.links AS l
JOIN source_variants AS v ON v.variant_id = l.from_id AND v.product_id = $item
JOIN sync.links AS p ON p.connection = l.connection AND p.level = 'products' AND p.from_id = v.product_id
SEMI JOIN {raw} AS r ON r.id = p.to_id
WHERE l.connection = $connection AND l.level = 'variants' AND l.state IN ('linked', 'broken') AND l.to_id IS NOT NULL;
