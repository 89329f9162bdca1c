-- A run that looks at most of the catalogue looks at all of it. Inputs: source_*.
CREATE OR REPLACE TEMP TABLE due_whole AS SELECT product_id AS item_id FROM source_products;
CREATE OR REPLACE TEMP TABLE due_parts AS
SELECT 'products' AS entity, product_id AS item_id FROM source_products
UNION ALL
SELECT 'variants', variant_id FROM source_variants
UNION ALL
SELECT 'images', product_id FROM source_products;
