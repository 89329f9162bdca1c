-- One row: the store itself. Input: ecwid_profile_raw. Stock is kept as one figure for the whole store; locations of its
-- own exist only in stores that the vendor links to its tills, and no call lists them (fact sheet §2.6).
SELECT
    id AS location_id,
    coalesce(nullif(trim(record ->> '$.settings.storeName'), ''), 'Online store') AS name,
    nullif(upper(trim(record ->> '$.formatsAndUnits.currency')), '') AS currency,
    nullif(record ->> '$.formatsAndUnits.timezone', '') AS time_zone,
    true AS is_default,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    CAST([] AS VARCHAR[]) AS defects
FROM ecwid_profile_raw
WHERE id IS NOT NULL
