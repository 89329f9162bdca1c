-- One row per image of a product, in the order it is shown, the main one first; the address is the store's own.
-- Input: ecwid_products_raw. A variation's own picture has no id in the store and is not listed.
WITH images AS (
    SELECT id AS product_id, unnest(from_json(record -> '$.media.images',
        '[{"id":"VARCHAR","isMain":"VARCHAR","orderBy":"VARCHAR","imageOriginalUrl":"VARCHAR","image1500pxUrl":"VARCHAR"}]'
    )) AS image
    FROM ecwid_products_raw
    WHERE id IS NOT NULL
)
SELECT
    image.id AS image_id,
    product_id,
    CAST(NULL AS VARCHAR) AS variant_id,
    coalesce(nullif(image.imageOriginalUrl, ''), nullif(image.image1500pxUrl, '')) AS url,
    CAST(row_number() OVER (
        PARTITION BY product_id
        ORDER BY coalesce(TRY_CAST(image.isMain AS BOOLEAN), false) DESC, TRY_CAST(image.orderBy AS BIGINT) NULLS LAST,
                 TRY_CAST(image.id AS BIGINT), image.id
    ) AS INTEGER) AS position,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN coalesce(image.imageOriginalUrl, image.image1500pxUrl, '') = '' THEN 'url: is missing' END
    ], entry -> entry IS NOT NULL) AS defects
FROM images
WHERE image.id IS NOT NULL
