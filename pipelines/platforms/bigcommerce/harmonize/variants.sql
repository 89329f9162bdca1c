-- One row per variant. A base variant (no option values) is the product itself: what it leaves NULL it inherits.
-- Inputs: bigcommerce_products_raw, bigcommerce_store_raw. Money in minor units; 0 in cost, sale and retail price means unset.
WITH store AS (
    SELECT CAST(power(10, coalesce(any_value(TRY_CAST(record ->> '$.decimal_places' AS INTEGER)), 2)) AS DECIMAL(9, 0)) AS units
    FROM bigcommerce_store_raw
),
items AS (
    SELECT p.id AS product_id, p.record AS product, variant, row_number() OVER (PARTITION BY p.id ORDER BY TRY_CAST(variant ->> '$.id' AS BIGINT)) AS position
    FROM (SELECT id, record, unnest(json_extract(record, '$.variants[*]')) AS variant FROM bigcommerce_products_raw) AS p
),
figures AS (
    SELECT *,
           coalesce(variant ->> '$.price', product ->> '$.price') AS price,
           coalesce(nullif(variant ->> '$.cost_price', '0'), nullif(product ->> '$.cost_price', '0')) AS cost,
           coalesce(nullif(variant ->> '$.retail_price', '0'), nullif(product ->> '$.retail_price', '0')) AS retail,
           coalesce(nullif(variant ->> '$.sale_price', '0'), nullif(product ->> '$.sale_price', '0')) AS sale,
           coalesce(variant ->> '$.weight', product ->> '$.weight') AS weight,
           json_array_length(coalesce(variant -> '$.option_values', '[]')) = 0 AS is_base
    FROM items
)
SELECT f.variant ->> '$.id' AS variant_id, f.product_id,
       coalesce(nullif(trim(f.variant ->> '$.sku'), ''), CASE WHEN f.is_base THEN nullif(trim(f.product ->> '$.sku'), '') END) AS sku,
       CAST(TRY_CAST(f.price AS DECIMAL(20, 8)) * s.units AS DECIMAL(18, 4)) AS price,
       CAST(TRY_CAST(f.cost AS DECIMAL(20, 8)) * s.units AS DECIMAL(18, 4)) AS cost_price,
       CAST(NULL AS DECIMAL(18, 4)) AS price_including_tax, CAST(NULL AS DECIMAL(18, 4)) AS price_excluding_tax,
       CAST(list_transform(json_extract(f.variant, '$.option_values[*]'), lambda o: json_extract_string(o, '$.label')) AS VARCHAR[]) AS option_values,
       nullif(trim(coalesce(nullif(f.variant ->> '$.upc', ''), CASE WHEN f.is_base THEN f.product ->> '$.upc' END)), '') AS upc,
       CAST(f.position AS INTEGER) AS position,
       NOT coalesce(TRY_CAST(f.variant ->> '$.purchasing_disabled' AS BOOLEAN), false) AS is_active,
       CAST(TRY_CAST(f.retail AS DECIMAL(20, 8)) * s.units AS DECIMAL(18, 4)) AS msrp,
       CAST(TRY_CAST(f.sale AS DECIMAL(20, 8)) * s.units AS DECIMAL(18, 4)) AS sale_price,
       TRY_CAST(f.weight AS DECIMAL(18, 4)) AS weight,
       f.is_base,
       CAST(NULL AS BIGINT) AS version, CAST(NULL AS TIMESTAMP) AS deleted_at,
       CASE WHEN f.price IS NOT NULL AND TRY_CAST(f.price AS DECIMAL(20, 8)) IS NULL THEN ['price: ' || f.price || ' is not a number']
            ELSE CAST([] AS VARCHAR[]) END AS defects
FROM figures AS f CROSS JOIN store AS s
