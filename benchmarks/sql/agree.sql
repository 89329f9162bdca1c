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
INSERT INTO sync.links
SELECT $connection, 'products', product_id, 't' || product_id, 'sku', 'linked', NULL, TIMESTAMPTZ '2026-01-01', 'run-1' FROM source_products
UNION ALL
SELECT $connection, 'variants', variant_id, 't' || variant_id, 'sku', 'linked', NULL, TIMESTAMPTZ '2026-01-01', 'run-1' FROM source_variants;
INSERT INTO sync.written
SELECT $connection, product_id, 'images', to_json([{'image_id': image_id, 'url': url, 'position': position, 'variant_id': NULL,
       'store_image_id': 't' || image_id}]), 'run-1' FROM source_images;
INSERT INTO sync.agreed
SELECT $connection, 'products', s.product_id, s.row_hash, t.row_hash, 'run-1', TIMESTAMPTZ '2026-01-01'
FROM source_products AS s JOIN target_products AS t ON t.product_id = 't' || s.product_id
UNION ALL
SELECT $connection, 'variants', s.variant_id, s.row_hash, t.row_hash, 'run-1', TIMESTAMPTZ '2026-01-01'
FROM source_variants AS s JOIN target_variants AS t ON t.variant_id = 't' || s.variant_id
UNION ALL
SELECT $connection, 'images', s.product_id, s.row_hash, t.row_hash, 'run-1', TIMESTAMPTZ '2026-01-01'
FROM source_images AS s JOIN target_images AS t ON t.image_id = 't' || s.image_id
UNION ALL
SELECT $connection, 'stock', s.variant_id, s.row_hash, t.row_hash, 'run-1', TIMESTAMPTZ '2026-01-01'
FROM source_stock AS s JOIN target_stock AS t ON t.variant_id = 't' || s.variant_id;
