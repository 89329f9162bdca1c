-- What was decided for every field. Grain: variant, field. :fields is the list of what was decided for one row.
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
    SELECT s.variant_id AS item_id, CAST(NULL AS VARCHAR) AS location_id, unnest(:fields) AS decided
    FROM source_variants AS s
    LEFT JOIN variants_link AS l ON l.from_id = s.variant_id
    LEFT JOIN target_variants AS t ON t.variant_id = l.to_id
) AS judged
