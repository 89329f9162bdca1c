SELECT
  p.product_id AS item_id,
  COALESCE(shown.images, []) AS images,
  HASH(COALESCE(shown.images, [])) AS row_hash
FROM source_products AS p
LEFT JOIN (
  SELECT
    i.product_id,
    ARRAY_AGG(
      {'image_id': i.image_id, 'url': i.url, 'position': i.place, 'variant_id': i.variant_id, 'store_image_id': CAST(NULL AS TEXT)} ORDER BY i.place
    ) AS images
  FROM (
    SELECT
      k.*,
      CAST(ROW_NUMBER() OVER (
        PARTITION BY k.product_id
        ORDER BY NOT k.variant_id IS NULL, k.position, k.image_id
      ) AS INT) AS place
    FROM (
      SELECT
        *
      FROM source_images
      WHERE
        deleted_at IS NULL AND PICTURE_REFUSAL(url) IS NULL
      QUALIFY
        ROW_NUMBER() OVER (PARTITION BY product_id, url ORDER BY NOT variant_id IS NULL, position, image_id) = 1
    ) AS k
  ) AS i
  GROUP BY
    i.product_id
) AS shown
  ON shown.product_id = p.product_id
WHERE
  TRUE
