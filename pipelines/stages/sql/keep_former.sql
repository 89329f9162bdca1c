-- A product or variant that a person deleted in the store is made again: what was ordered of it before still names its old variants.
-- Only of a record that was read: one the store lost before anybody saw it was never sold. One of several products on a page has no
-- page of its own, and was linked because it was read. Inputs: sync.links, sync.agreed, sync.written, source_variants.
-- Bound: $connection, $item: the till product or variant, $run_id.
INSERT INTO sync.former_links BY NAME
SELECT l.connection, l.from_id, l.to_id, $run_id AS run_id, l.made_at
FROM sync.links AS l
JOIN source_variants AS v ON v.variant_id = l.from_id AND $item IN (v.product_id, v.variant_id)
LEFT JOIN sync.links AS p ON p.connection = l.connection AND p.level = 'products' AND p.from_id = v.product_id
LEFT JOIN {raw} AS r ON r.id = p.to_id
WHERE l.connection = $connection AND l.level = 'variants' AND l.state IN ('linked', 'broken') AND l.to_id IS NOT NULL
  AND (p.to_id IS NULL OR r.id IS NOT NULL);
-- The new record has no level yet: one that was agreed for the old says nothing of it, though the run may end before it is set. Nor do
-- the old one's images.
DELETE FROM sync.agreed USING source_variants AS v
WHERE sync.agreed.connection = $connection AND sync.agreed.entity = 'stock' AND sync.agreed.item_id = v.variant_id AND $item IN (v.product_id, v.variant_id);
DELETE FROM sync.written WHERE connection = $connection AND field = 'images' AND item_id = $item;
