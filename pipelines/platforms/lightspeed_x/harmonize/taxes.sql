-- Taxes, deleted ones too: one row per tax. Several rates of one tax add up; none are 0. Input: taxes (raw).
WITH typed AS (
    SELECT
        id, version, deleted_at, defect,
        nullif(trim(record ->> '$.name'), '') AS name,
        TRY_CAST(record ->> '$.is_default' AS BOOLEAN) AS is_default,
        list_transform(
            from_json(record -> '$.rates', '[{"rate":"VARCHAR"}]'),
            one -> TRY_CAST(TRY_CAST(one.rate AS DECIMAL(38, 16)) AS DECIMAL(18, 8))
        ) AS rates
    FROM lightspeed_x_taxes_raw
    WHERE id IS NOT NULL
)
SELECT
    id AS tax_id,
    name,
    CASE WHEN len(list_filter(rates, rate -> rate IS NULL)) = 0 THEN CAST(coalesce(list_sum(rates), 0) AS DECIMAL(18, 8)) END AS rate,
    coalesce(is_default, false) AS is_default,
    CAST(version AS BIGINT) AS version,
    CASE WHEN nullif(deleted_at, '') IS NOT NULL
        THEN coalesce(timezone('UTC', TRY_CAST(deleted_at AS TIMESTAMPTZ)), TIMESTAMP '1970-01-01 00:00:00') END AS deleted_at,
    list_filter([
        defect,
        CASE WHEN coalesce(len(list_filter(rates, rate -> rate IS NULL)) > 0, true) THEN 'rate: is not a number' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
