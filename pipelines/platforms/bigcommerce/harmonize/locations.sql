-- One row per location. The lowest id is the default one: every store has it from the start and it cannot be deleted.
-- Input: bigcommerce_locations_raw.
SELECT
    id AS location_id,
    coalesce(nullif(trim(record ->> '$.label'), ''), nullif(trim(record ->> '$.code'), '')) AS name,
    CAST(NULL AS VARCHAR) AS currency,
    nullif(record ->> '$.time_zone', '') AS time_zone,
    row_number() OVER (ORDER BY TRY_CAST(id AS BIGINT) NULLS LAST, id) = 1 AS is_default,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    CAST([] AS VARCHAR[]) AS defects
FROM bigcommerce_locations_raw
WHERE id IS NOT NULL
