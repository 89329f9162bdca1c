-- One row per product image. The store answers its own address. Input: bigcommerce_products_raw.
SELECT image ->> '$.id' AS image_id, p.id AS product_id, CAST(NULL AS VARCHAR) AS variant_id, image ->> '$.url_standard' AS url,
       CAST(row_number() OVER (PARTITION BY p.id ORDER BY TRY_CAST(image ->> '$.sort_order' AS BIGINT), TRY_CAST(image ->> '$.id' AS BIGINT)) AS INTEGER) AS position,
       CAST(NULL AS BIGINT) AS version, CAST(NULL AS TIMESTAMP) AS deleted_at, CAST([] AS VARCHAR[]) AS defects
FROM bigcommerce_products_raw AS p, unnest(json_extract(p.record, '$.images[*]')) AS images (image)
