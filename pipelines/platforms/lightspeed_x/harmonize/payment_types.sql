-- Payment types, deleted ones too: one row per type. Input: payment_types (raw).
SELECT
    id AS payment_type_id,
    nullif(trim(record ->> '$.name'), '') AS name,
    CAST(version AS BIGINT) AS version,
    CASE WHEN nullif(deleted_at, '') IS NOT NULL
        THEN coalesce(timezone('UTC', TRY_CAST(deleted_at AS TIMESTAMPTZ)), TIMESTAMP '1970-01-01 00:00:00') END AS deleted_at,
    list_filter([defect], entry -> entry IS NOT NULL) AS defects
FROM lightspeed_x_payment_types_raw
WHERE id IS NOT NULL
