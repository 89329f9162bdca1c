-- The store holds what is desired, everything is linked and agreed. Inputs: source_*, *_desired. Bound: $connection.
INSERT INTO {target_products} BY NAME
SELECT 't' || item_id AS product_id, * EXCLUDE (item_id, row_hash), hash(d) AS row_hash, 1 AS seq, [] AS defects, 1 AS version
FROM (SELECT * FROM products_desired) AS d;
INSERT INTO {target_variants} BY NAME
SELECT 't' || item_id AS variant_id, 't' || parent_item_id AS product_id, * EXCLUDE (item_id, parent_item_id, row_hash),
       false AS is_base, hash(d) AS row_hash, 1 AS seq, [] AS defects, 1 AS version
FROM (SELECT * FROM variants_desired) AS d;
INSERT INTO {target_images} BY NAME
SELECT 't' || i.image_id AS image_id, 't' || i.product_id AS product_id, i.url, i.position, hash(i) AS row_hash, 1 AS seq, [] AS defects, 1 AS version
FROM source_images AS i;
INSERT INTO {target_stock} BY NAME
SELECT 't' || item_id AS variant_id, location_id, on_hand, true AS tracked, hash(d) AS row_hash, 1 AS seq, [] AS defects, 1 AS version
FROM stock_desired AS d;
INSERT INTO sync.links (connection, level, from_id, to_id, match_key, state, reason, since, run_id)
SELECT $connection, 'products', product_id, 't' || product_id, 'sku', 'linked', NULL, TIMESTAMPTZ '2026-01-01', 'run-1' FROM source_products
UNION ALL
SELECT $connection, 'variants', variant_id, 't' || variant_id, 'sku', 'linked', NULL, TIMESTAMPTZ '2026-01-01', 'run-1' FROM source_variants;
INSERT INTO sync.written
SELECT $connection, product_id, 'images', to_json([{'image_id': image_id, 'url': url, 'position': position, 'variant_id': NULL,
       'store_image_id': 't' || image_id}]), 'run-1' FROM source_images;
INSERT INTO sync.agreed
SELECT $connection, entity, side, item_id, row_hash, 'run-1', TIMESTAMPTZ '2026-01-01'
FROM (
    SELECT 'products' AS entity, 'source' AS side, product_id AS item_id, row_hash FROM source_products
    UNION ALL SELECT 'products', 'target', substr(product_id, 2), row_hash FROM target_products
    UNION ALL SELECT 'variants', 'source', variant_id, row_hash FROM source_variants
    UNION ALL SELECT 'variants', 'target', substr(variant_id, 2), row_hash FROM target_variants
    UNION ALL SELECT 'images', 'source', product_id, row_hash FROM source_images
    UNION ALL SELECT 'images', 'target', substr(product_id, 2), row_hash FROM target_images
    UNION ALL SELECT 'stock', 'source', variant_id, row_hash FROM source_stock
    UNION ALL SELECT 'stock', 'target', substr(variant_id, 2), row_hash FROM target_stock
);
