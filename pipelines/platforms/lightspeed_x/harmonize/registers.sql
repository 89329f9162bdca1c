-- Registers, deleted ones too: one row per register. Input: registers (raw).
SELECT
    id AS register_id,
    nullif(record->>'$.outlet_id', '') AS location_id,
    nullif(trim(record->>'$.name'), '') AS name,
    TRY_CAST(record->>'$.is_open' AS BOOLEAN) AS is_open,
    CAST(version AS BIGINT) AS version,
    CASE WHEN nullif(deleted_at, '') IS NOT NULL
        THEN coalesce(timezone('UTC', TRY_CAST(deleted_at AS TIMESTAMPTZ)), TIMESTAMP '1970-01-01 00:00:00') END AS deleted_at,
    list_filter(
        [CASE WHEN nullif(trim(record->>'$.name'), '') IS NULL THEN 'name: is missing' END], entry -> entry IS NOT NULL
    ) AS defects
FROM lightspeed_x_registers_raw
WHERE id IS NOT NULL
