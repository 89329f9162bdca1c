-- A till and a store that agree: $products products of four variants, one image each, one level per variant.
-- Inputs: empty canonical tables of both sides, schema sync. Bound: $products, $connection.
CREATE OR REPLACE TEMP TABLE item AS
SELECT n, n // 4 AS product, n % 4 AS place, 'v' || n AS id, 'p' || (n // 4) AS product_id, 'SKU-' || lpad(CAST(n AS VARCHAR), 8, '0') AS sku,
       CAST(500 + (n * 7919) % 20000 AS DECIMAL(18, 4)) AS price, CAST((n * 31) % 60 AS DECIMAL(18, 4)) AS on_hand
FROM range($products * 4) AS numbers(n);
CREATE OR REPLACE TEMP TABLE family AS
SELECT product, product_id, 'Product ' || product || ' ' || substr(md5(CAST(product AS VARCHAR)), 1, 12) AS name,
       '<p>' || repeat(md5(CAST(product AS VARCHAR)), 8) || '</p>' AS description,
       'Brand ' || (product % 500) AS brand, 'Type ' || (product % 40) AS type, 'keyword ' || (product % 90) AS keyword
FROM item WHERE place = 0;
CREATE OR REPLACE TEMP TABLE products AS
SELECT product_id, 'handle-' || product AS handle, name, description, brand, type, [keyword] AS tags, true AS is_active,
       true AS has_variants, ['Colour'] AS option_names, true AS stock_tracking,
       CAST(product % 900 AS DECIMAL(18, 4)) AS weight, 'g' AS weight_unit, 'Supplier ' || (product % 70) AS supplier,
       TIMESTAMP '2026-01-01' AS created_at, TIMESTAMP '2026-01-01' AS changed_at, product AS version
FROM family;
INSERT INTO {source_products} BY NAME
SELECT *, hash(*COLUMNS(* EXCLUDE (version))) AS row_hash, 1 AS seq, [] AS defects FROM products;
INSERT INTO {source_variants} BY NAME
SELECT *, hash(*COLUMNS(* EXCLUDE (version))) AS row_hash, 1 AS seq, [] AS defects
FROM (SELECT id AS variant_id, product_id, sku, price, CAST(price * 0.4 AS DECIMAL(18, 4)) AS cost_price, ['Colour ' || place] AS option_values,
             CAST(place AS INTEGER) AS position, true AS is_active, n AS version FROM item);
INSERT INTO {source_images} BY NAME
SELECT *, hash(*COLUMNS(* EXCLUDE (version))) AS row_hash, 1 AS seq, [] AS defects
FROM (SELECT 'i' || product AS image_id, product_id, 'https://img.example.test/' || product || '.jpg' AS url, 1 AS position, product AS version
      FROM family);
INSERT INTO {source_stock} BY NAME
SELECT *, hash(*COLUMNS(* EXCLUDE (version))) AS row_hash, 1 AS seq, [] AS defects
FROM (SELECT id AS variant_id, 'outlet' AS location_id, on_hand, true AS tracked, n AS version FROM item);
INSERT INTO {source_locations} BY NAME SELECT 'outlet' AS location_id, 'Main outlet' AS name, true AS is_default, 1 AS row_hash, 1 AS seq, [] AS defects;
INSERT INTO {source_registers} BY NAME SELECT 'register' AS register_id, 'outlet' AS location_id, 'Till 1' AS name, true AS is_open, 1 AS row_hash, 1 AS seq, [] AS defects;
INSERT INTO {source_account} BY NAME SELECT 'USD' AS currency, 2 AS decimal_places, 'UTC' AS time_zone, 1 AS row_hash, 1 AS seq, [] AS defects;
INSERT INTO {target_locations} BY NAME SELECT '1' AS location_id, 'Default' AS name, true AS is_default, 1 AS row_hash, 1 AS seq, [] AS defects;
INSERT INTO {target_account} BY NAME SELECT 'USD' AS currency, 2 AS decimal_places, 'UTC' AS time_zone, 'g' AS weight_unit, 1 AS row_hash, 1 AS seq, [] AS defects;
