-- What a run with few changes looks at: the rows of the work set, those of the same products, and what stands opposite.
-- Inputs: work_set, parts_due, source_*, target_*, *_link (whole). Bound: $connection. The stages after link see these instead of the whole tables.
CREATE OR REPLACE TEMP TABLE due_keys AS
SELECT item_id AS product_id FROM work_set WHERE entity = 'products'
UNION
SELECT v.product_id FROM source_variants AS v SEMI JOIN (FROM work_set WHERE entity = 'stock') AS w ON w.item_id = v.variant_id;
CREATE OR REPLACE TEMP TABLE due_source_products AS FROM source_products AS s SEMI JOIN due_keys AS k ON k.product_id = s.product_id;
CREATE OR REPLACE TEMP TABLE due_source_variants AS FROM source_variants AS s SEMI JOIN due_keys AS k ON k.product_id = s.product_id;
CREATE OR REPLACE TEMP TABLE due_source_images AS FROM source_images AS s SEMI JOIN due_keys AS k ON k.product_id = s.product_id;
CREATE OR REPLACE TEMP TABLE due_source_stock AS
FROM source_stock AS s SEMI JOIN due_source_variants AS v ON v.variant_id = s.variant_id;
CREATE OR REPLACE TEMP TABLE due_products_link AS FROM products_link AS l SEMI JOIN due_keys AS k ON k.product_id = l.from_id;
CREATE OR REPLACE TEMP TABLE due_variants_link AS
FROM variants_link AS l SEMI JOIN due_source_variants AS v ON v.variant_id = l.from_id;
CREATE OR REPLACE TEMP TABLE due_target_products AS
FROM target_products AS t SEMI JOIN due_products_link AS l ON l.to_id = t.product_id;
CREATE OR REPLACE TEMP TABLE due_target_images AS
FROM target_images AS t SEMI JOIN due_products_link AS l ON l.to_id = t.product_id;
-- What stands opposite a variant that was deleted at the till is no longer in *_link, and still to be seen.
CREATE OR REPLACE TEMP TABLE due_target_variants AS
FROM target_variants AS t
SEMI JOIN (
    SELECT to_id FROM due_variants_link
    UNION
    SELECT l.to_id FROM sync.links AS l SEMI JOIN due_source_variants AS v ON v.variant_id = l.from_id
    WHERE l.connection = $connection AND l.level = 'variants' AND l.state IN ('linked', 'broken')
) AS l ON l.to_id = t.variant_id;
CREATE OR REPLACE TEMP TABLE due_target_stock AS
FROM target_stock AS t SEMI JOIN due_variants_link AS l ON l.to_id = t.variant_id;
-- Products all of whose parts are compared. Of the others a part that is as agreed on both sides needs no comparison (I-8).
CREATE OR REPLACE TEMP TABLE due_whole AS
SELECT item_id FROM work_set WHERE entity = 'products' AND whole
UNION
SELECT from_id FROM due_products_link WHERE state <> 'linked'
UNION
SELECT product_id FROM due_variants_link WHERE state <> 'linked'
UNION
SELECT product_id FROM sync.hidden WHERE connection = $connection;
CREATE OR REPLACE TEMP TABLE due_parts AS
SELECT 'products' AS entity, item_id FROM due_whole
UNION
SELECT 'variants', v.variant_id FROM due_source_variants AS v SEMI JOIN due_whole AS w ON w.item_id = v.product_id
UNION
SELECT 'images', item_id FROM due_whole
UNION
SELECT entity, item_id FROM parts_due;
