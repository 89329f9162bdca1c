-- One row per product image, in the order it is shown; the address is the store's own. Input: bigcommerce_products_raw.
-- A variant's own picture has no id in the store and is not listed.
WITH images AS (
    SELECT id AS product_id, unnest(from_json(record -> '$.images',
        '[{"id":"VARCHAR","sort_order":"VARCHAR","url_standard":"VARCHAR","url_zoom":"VARCHAR"}]'
    )) AS image
    FROM bigcommerce_products_raw
    WHERE id IS NOT NULL
)
SELECT
    image.id AS image_id,
    product_id,
    CAST(NULL AS VARCHAR) AS variant_id,
    coalesce(nullif(image.url_standard, ''), nullif(image.url_zoom, '')) AS url,
    CAST(row_number() OVER (
        PARTITION BY product_id ORDER BY TRY_CAST(image.sort_order AS BIGINT) NULLS FIRST, TRY_CAST(image.id AS BIGINT), image.id
    ) AS INTEGER) AS position,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN coalesce(image.url_standard, image.url_zoom, '') = '' THEN 'url: is missing' END
    ], entry -> entry IS NOT NULL) AS defects
FROM images
WHERE image.id IS NOT NULL
