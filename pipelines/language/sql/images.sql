-- One row per product with its whole list of images in order; an address that several variants show comes once. Inputs: source_products, source_images.
-- :blank is what a product without images gives: NULL, no opinion, or an empty list (S000-16). :managed: S000-32, S000-33.
SELECT
    p.product_id AS item_id,
    coalesce(shown.images, :blank) AS images,
    hash(coalesce(shown.images, :blank)) AS row_hash
FROM source_products AS p
LEFT JOIN (
    SELECT
        i.product_id,
        list(
            struct_pack(
                image_id := i.image_id, url := i.url, position := i.position, variant_id := i.variant_id,
                store_image_id := CAST(NULL AS VARCHAR)
            )
            ORDER BY i.position, i.image_id
        ) AS images
    FROM (
        FROM source_images
        WHERE deleted_at IS NULL
        QUALIFY row_number() OVER (PARTITION BY product_id, url ORDER BY position, image_id) = 1
    ) AS i
    GROUP BY i.product_id
) AS shown ON shown.product_id = p.product_id
WHERE :managed
