-- How far a feed was read. One row: the highest version that can be one, how many cannot, and whether numbering began anew.
-- Inputs: {landing}, sync.cursors. Bound: $platform, $resource, $complete, $overlap.
-- A version is one number for the whole platform, so one a thousandfold above every other is none (B45); beyond 2^53 no JSON
-- number is exact. A whole read that ends far below the cursor proves that versions are counted anew.
WITH seen AS (
    SELECT DISTINCT version FROM {landing} WHERE version IS NOT NULL
),
base AS (
    SELECT max(value) AS value
    FROM (
        SELECT value FROM sync.cursors WHERE platform = $platform
        UNION ALL
        SELECT max(version) FROM seen WHERE version < (SELECT max(version) FROM seen)
    )
),
bound AS (
    SELECT CAST(least(9007199254740991, coalesce(CAST(value AS HUGEINT) * 1000 + 1000000, 9007199254740991)) AS BIGINT) AS highest FROM base
),
found AS (
    SELECT max(version) FILTER (version <= highest) AS newest, count(*) FILTER (version > highest) AS beyond FROM seen CROSS JOIN bound
)
SELECT newest, beyond,
       $complete AND coalesce(newest < (SELECT max(value) - $overlap FROM sync.cursors WHERE platform = $platform AND resource = $resource), false) AS anew
FROM found
