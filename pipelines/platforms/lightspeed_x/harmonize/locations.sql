-- Outlets, deleted ones too: one row per outlet. Input: outlets (raw).
-- No field names a default outlet: it is the only one there is, or none.
SELECT
    id AS location_id,
    nullif(trim(record->>'$.name'), '') AS name,
    upper(nullif(record->>'$.currency', '')) AS currency,
    nullif(record->>'$.time_zone', '') AS time_zone,
    nullif(deleted_at, '') IS NULL AND count(*) FILTER (nullif(deleted_at, '') IS NULL) OVER () = 1 AS is_default,
    CAST(version AS BIGINT) AS version,
    CASE WHEN nullif(deleted_at, '') IS NOT NULL
        THEN coalesce(timezone('UTC', TRY_CAST(deleted_at AS TIMESTAMPTZ)), TIMESTAMP '1970-01-01 00:00:00') END AS deleted_at,
    list_filter(
        [CASE WHEN nullif(trim(record->>'$.name'), '') IS NULL THEN 'name: is missing' END], entry -> entry IS NOT NULL
    ) AS defects
FROM lightspeed_x_outlets_raw
WHERE id IS NOT NULL
