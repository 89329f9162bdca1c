SELECT
  judged.item_id,
  judged.location_id,
  judged.decided.field,
  judged.decided.to_field,
  judged.decided.decision,
  judged.decided.reason,
  judged.decided.source_value,
  judged.decided.target_value
FROM (
  SELECT
    s.product_id AS item_id,
    CAST(NULL AS TEXT) AS location_id,
    UNNEST(
      [
        {'field': 'url', 'to_field': CAST('url' AS TEXT), 'decision': 'withheld', 'reason': 'switched off by the setting `images`', 'source_value': CAST(s.url AS TEXT), 'target_value': CAST(t.url AS TEXT)},
        {'field': 'position', 'to_field': CAST('position' AS TEXT), 'decision': 'withheld', 'reason': 'switched off by the setting `images`', 'source_value': CAST(s.position AS TEXT), 'target_value': CAST(t.position AS TEXT)}
      ]
    ) AS decided
  FROM (
    SELECT
      product_id,
      ARRAY_AGG(url ORDER BY position, image_id) AS url,
      ARRAY_AGG(position ORDER BY position, image_id) AS position
    FROM source_images
    WHERE
      deleted_at IS NULL
    GROUP BY
      product_id
  ) AS s
  LEFT JOIN products_link AS l
    ON l.from_id = s.product_id
  LEFT JOIN (
    SELECT
      product_id,
      ARRAY_AGG(url ORDER BY position, image_id) AS url,
      ARRAY_AGG(position ORDER BY position, image_id) AS position
    FROM target_images
    WHERE
      deleted_at IS NULL
    GROUP BY
      product_id
  ) AS t
    ON t.product_id = l.to_id
) AS judged
