-- Records that were kept when a run deleted them, as the store answered them. Bound: $connection, $undo.
CREATE OR REPLACE TEMP TABLE kept_raw AS
SELECT product_id AS id, NULL::BIGINT AS version, NULL::VARCHAR AS deleted_at, any_value(record) AS record, NULL::UBIGINT AS row_hash, NULL::BIGINT AS seq,
       any_value(run_id) AS run_id, false AS gone, NULL::VARCHAR AS defect
FROM sync.kept
WHERE connection = $connection AND run_id = $undo AND level IN ('product', 'variant') AND product_id IS NOT NULL
GROUP BY product_id;
CREATE OR REPLACE TEMP TABLE kept_levels AS
SELECT to_id AS variant_id, record ->> 'location_id' AS location_id, CAST(any_value(record) ->> 'on_hand' AS DECIMAL(18, 4)) AS on_hand
FROM sync.kept WHERE connection = $connection AND run_id = $undo AND level = 'stock'
GROUP BY ALL;
