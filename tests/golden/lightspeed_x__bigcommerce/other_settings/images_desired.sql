SELECT
  p.product_id AS item_id,
  COALESCE(shown.images, []) AS images,
  HASH(COALESCE(shown.images, [])) AS row_hash
FROM source_products AS p
LEFT JOIN (
  SELECT
    i.product_id,
    ARRAY_AGG(
      {'image_id': i.image_id, 'url': i.url, 'position': i.position, 'variant_id': i.variant_id, 'store_image_id': CAST(NULL AS TEXT)} ORDER BY i.position, i.image_id
    ) AS images
  FROM (
    SELECT
      *
    FROM source_images
    WHERE
      deleted_at IS NULL
    QUALIFY
      ROW_NUMBER() OVER (PARTITION BY product_id, url ORDER BY position, image_id) = 1
  ) AS i
  GROUP BY
    i.product_id
) AS shown
  ON shown.product_id = p.product_id
WHERE
  FALSE
