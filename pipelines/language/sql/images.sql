-- One row per product with its whole list of images in order, the product's own before those of one variant; an address
-- that several show comes once. Inputs: source_products, source_images. :managed: S000-32, S000-33.
-- A product without images has an empty list: what was sent before goes, what others put in the store stays.
-- An address no page may fetch is left out (B41); why is among the decisions.
SELECT
    p.product_id AS item_id,
    coalesce(shown.images, []) AS images,
    hash(coalesce(shown.images, [])) AS row_hash
FROM source_products AS p
LEFT JOIN (
    SELECT
        i.product_id,
        list(
            struct_pack(
                image_id := i.image_id, url := i.url, position := i.place, variant_id := i.variant_id,
                store_image_id := CAST(NULL AS VARCHAR)
            )
            ORDER BY i.place
        ) AS images
    FROM (
        SELECT
            k.*,
            CAST(row_number() OVER (
                PARTITION BY k.product_id ORDER BY NOT k.variant_id IS NULL, k.position, k.image_id
            ) AS INTEGER) AS place
        FROM (
            FROM source_images
            WHERE deleted_at IS NULL AND picture_refusal(url) IS NULL
            QUALIFY row_number() OVER (
                PARTITION BY product_id, url ORDER BY NOT variant_id IS NULL, position, image_id
            ) = 1
        ) AS k
    ) AS i
    GROUP BY i.product_id
) AS shown ON shown.product_id = p.product_id
WHERE :managed
