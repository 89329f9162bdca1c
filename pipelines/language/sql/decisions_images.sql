-- What was decided for every field. Grain: product that has images, field. :fields is the list of what was decided for one row.
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
    SELECT s.product_id AS item_id, CAST(NULL AS VARCHAR) AS location_id, unnest(:fields) AS decided
    FROM (
        SELECT product_id, list(url ORDER BY position, image_id) AS url, list(position ORDER BY position, image_id) AS position
        FROM source_images
        WHERE deleted_at IS NULL
        GROUP BY product_id
    ) AS s
    LEFT JOIN products_link AS l ON l.from_id = s.product_id
    LEFT JOIN (
        SELECT product_id, list(url ORDER BY position, image_id) AS url, list(position ORDER BY position, image_id) AS position
        FROM target_images
        WHERE deleted_at IS NULL
        GROUP BY product_id
    ) AS t ON t.product_id = l.to_id
) AS judged
