-- The user the account's token belongs to: one row. Input: own_user (raw).
SELECT
    record ->> '$.id' AS user_id,
    true AS is_own,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    CAST([] AS VARCHAR[]) AS defects
FROM lightspeed_x_own_user_raw
WHERE record ->> '$.id' IS NOT NULL
