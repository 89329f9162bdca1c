-- The retailer, one row. Input: retailer (raw).
-- X-Series names a currency without its minor units: ISO 4217 exponents other than 2 are listed.
SELECT
    nullif(trim(record->>'$.name'), '') AS name,
    upper(nullif(trim(record->>'$.currency.code'), '')) AS currency,
    CAST(CASE
        WHEN upper(trim(record->>'$.currency.code')) IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
        WHEN upper(trim(record->>'$.currency.code')) IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
        ELSE 2
    END AS INTEGER) AS decimal_places,
    nullif(record->>'$.timezone', '') AS time_zone,
    TRY_CAST(record->>'$.tax_exclusive' AS BOOLEAN) AS tax_exclusive,
    CAST(NULL AS VARCHAR) AS weight_unit,
    CAST(NULL AS VARCHAR) AS dimensions_unit,
    nullif(record->>'$.country', '') AS country,
    CAST(NULL AS BOOLEAN) AS takes_payments,
    CAST(version AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN nullif(trim(record->>'$.currency.code'), '') IS NULL THEN 'currency: is missing' END,
        CASE WHEN TRY_CAST(record->>'$.tax_exclusive' AS BOOLEAN) IS NULL
            THEN 'tax_exclusive: "' || coalesce(record->>'$.tax_exclusive', '') || '" is not true or false' END
    ], entry -> entry IS NOT NULL) AS defects
FROM lightspeed_x_retailer_raw
