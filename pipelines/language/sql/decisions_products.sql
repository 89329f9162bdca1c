-- What was decided for every field. Grain: product, field. :fields is the list of what was decided for one row.
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
    FROM source_products AS s
    LEFT JOIN products_link AS l ON l.from_id = s.product_id
    LEFT JOIN target_products AS t ON t.product_id = l.to_id
) AS judged
