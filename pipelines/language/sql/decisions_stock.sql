-- What was decided for every field. Grain: variant, store location, field; outlets that feed one location are added up.
-- :fields is the list of what was decided for one row.
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
    SELECT s.variant_id AS item_id, s.location_id AS location_id, unnest(:fields) AS decided
    FROM (
        SELECT
            k.variant_id,
            o.to_location_id AS location_id,
            sum(k.on_hand) AS on_hand,
            sum(k.reorder_point) AS reorder_point,
            sum(k.reorder_quantity) AS reorder_quantity,
            sum(k.low_stock) AS low_stock
        FROM source_stock AS k
        JOIN (SELECT DISTINCT location_id, to_location_id FROM source_outlets) AS o ON o.location_id = k.location_id
        WHERE k.deleted_at IS NULL
        GROUP BY k.variant_id, o.to_location_id
    ) AS s
    LEFT JOIN variants_link AS l ON l.from_id = s.variant_id
    LEFT JOIN target_stock AS t ON t.variant_id = l.to_id AND t.location_id = s.location_id
) AS judged
