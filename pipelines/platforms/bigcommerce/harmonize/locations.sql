-- One row per location; the one with the lowest id is the default (every store has it from the start). Input: bigcommerce_locations_raw.
SELECT id AS location_id, record ->> '$.label' AS name, CAST(NULL AS VARCHAR) AS currency, record ->> '$.time_zone' AS time_zone,
       row_number() OVER (ORDER BY TRY_CAST(id AS BIGINT)) = 1 AS is_default,
       CAST(NULL AS BIGINT) AS version, CAST(NULL AS TIMESTAMP) AS deleted_at, CAST([] AS VARCHAR[]) AS defects
FROM bigcommerce_locations_raw
