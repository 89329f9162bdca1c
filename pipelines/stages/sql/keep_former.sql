-- A product or variant that a person deleted in the store is made again: what was ordered of it before still names its old variants.
-- One the store lost before anybody saw it may never have been sold; orders that name its id before another record had it are its own.
-- Inputs: sync.links, sync.agreed, sync.written, source_variants. Bound: $connection, $items: till products and variants, $run_id.
CREATE OR REPLACE TEMP TABLE items_again AS
SELECT product_id, variant_id FROM source_variants WHERE list_contains(CAST($items AS VARCHAR[]), product_id) OR list_contains(CAST($items AS VARCHAR[]), variant_id);
INSERT INTO sync.former_links BY NAME
SELECT l.connection, l.from_id, l.to_id, $run_id AS run_id, l.made_at
FROM sync.links AS l
JOIN items_again AS v ON v.variant_id = l.from_id
WHERE l.connection = $connection AND l.level = 'variants' AND l.state IN ('linked', 'broken') AND l.to_id IS NOT NULL;
-- The new record has no level yet: one that was agreed for the old says nothing of it, though the run may end before it is set. Nor do
-- the old one's images.
DELETE FROM sync.agreed USING items_again AS v
WHERE sync.agreed.connection = $connection AND sync.agreed.entity = 'stock' AND sync.agreed.item_id = v.variant_id;
DELETE FROM sync.written WHERE connection = $connection AND field = 'images' AND list_contains(CAST($items AS VARCHAR[]), item_id);
