-- What was decided for every field. Grain: variant, store location, field; outlets that feed one location are added up.
-- :fields is the list of what was decided for one row. A bundle's level is that of its parts, and says how it came about.
SELECT
    judged.item_id,
    judged.location_id,
    judged.decided.field,
    judged.decided.to_field,
    CASE WHEN judged.because AND judged.level IS NULL THEN 'withheld' ELSE judged.decided.decision END AS decision,
    CASE WHEN judged.because THEN judged.reason ELSE judged.decided.reason END AS reason,
    judged.decided.source_value,
    judged.decided.target_value
FROM (
    SELECT *, decided.field = 'on_hand' AND reason IS NOT NULL AND decided.decision IN ('synced', 'blank_skipped') AS because
    FROM (
        SELECT s.variant_id AS item_id, s.location_id AS location_id, d.on_hand AS level, d.reason, unnest(:fields) AS decided
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
            WHERE k.deleted_at IS NULL AND k.variant_id NOT IN (SELECT variant_id FROM source_bundles)
            GROUP BY k.variant_id, o.to_location_id
            UNION ALL
            SELECT b.item_id, b.location_id, b.till_on_hand, NULL, NULL, NULL
            FROM stock_desired AS b
            JOIN source_variants AS v ON v.variant_id = b.item_id
            WHERE b.item_id IN (SELECT variant_id FROM source_bundles)
        ) AS s
        LEFT JOIN stock_desired AS d ON d.item_id = s.variant_id AND d.location_id = s.location_id
        LEFT JOIN variants_link AS l ON l.from_id = s.variant_id
        LEFT JOIN target_stock AS t ON t.variant_id = l.to_id AND t.location_id = s.location_id
    ) AS made
) AS judged
