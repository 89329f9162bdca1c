-- One row per customer's account, of which only the word on offers is kept (I-36). Input: ecwid_customers_raw.
-- An account without `acceptMarketing` said nothing: no consent follows from that.
WITH records AS (
    SELECT id, version, deleted_at, record ->> '$.acceptMarketing' AS said FROM ecwid_customers_raw WHERE id IS NOT NULL
)
SELECT
    id AS customer_id,
    CAST(NULL AS VARCHAR) AS email,
    CAST(NULL AS VARCHAR) AS first_name,
    CAST(NULL AS VARCHAR) AS last_name,
    CAST(NULL AS VARCHAR) AS company,
    CAST(NULL AS VARCHAR) AS phone,
    CAST(NULL AS VARCHAR) AS street_1,
    CAST(NULL AS VARCHAR) AS street_2,
    CAST(NULL AS VARCHAR) AS city,
    CAST(NULL AS VARCHAR) AS state,
    CAST(NULL AS VARCHAR) AS postcode,
    CAST(NULL AS VARCHAR) AS country,
    TRY_CAST(said AS BOOLEAN) AS accepts_marketing,
    timezone('UTC', to_timestamp(version)) AS changed_at,
    version,
    coalesce(timezone('UTC', try_strptime(deleted_at, '%Y-%m-%d %H:%M:%S %z')), CASE WHEN deleted_at <> '' THEN TIMESTAMP '1970-01-01' END) AS deleted_at,
    list_filter([
        CASE WHEN said IS NOT NULL AND TRY_CAST(said AS BOOLEAN) IS NULL
            THEN 'accepts_marketing: "' || said || '" is not true or false' END
    ], entry -> entry IS NOT NULL) AS defects
FROM records
