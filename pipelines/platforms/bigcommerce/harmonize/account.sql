-- One row: the store. Input: bigcommerce_store_raw. Prices are kept with or without tax as the store enters them.
WITH facts AS (
    SELECT
        version,
        from_json(record,
            '{"name":"VARCHAR","currency":"VARCHAR","decimal_places":"VARCHAR","timezone":{"name":"VARCHAR"},"is_price_entered_with_tax":"VARCHAR","weight_units":"VARCHAR","dimension_units":"VARCHAR","country_code":"VARCHAR"}'
        ) AS store
    FROM bigcommerce_store_raw
    ORDER BY seq DESC
    LIMIT 1
),
typed AS (
    SELECT
        store,
        TRY_CAST(store.decimal_places AS INTEGER) AS decimal_places,
        TRY_CAST(store.is_price_entered_with_tax AS BOOLEAN) AS with_tax
    FROM facts
)
SELECT
    nullif(trim(store.name), '') AS name,
    nullif(upper(trim(store.currency)), '') AS currency,
    CASE WHEN decimal_places BETWEEN 0 AND 4 THEN decimal_places ELSE 2 END AS decimal_places,
    nullif(store.timezone.name, '') AS time_zone,
    NOT with_tax AS tax_exclusive,
    nullif(store.weight_units, '') AS weight_unit,
    nullif(store.dimension_units, '') AS dimensions_unit,
    nullif(store.country_code, '') AS country,
    CAST(NULL AS BOOLEAN) AS takes_payments,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN coalesce(trim(store.currency), '') = '' THEN 'currency: is missing' END,
        CASE WHEN coalesce(decimal_places NOT BETWEEN 0 AND 4, true)
            THEN 'decimal_places: "' || coalesce(store.decimal_places, '') || '" is not 0 to 4, 2 is taken' END,
        CASE WHEN with_tax IS NULL
            THEN 'tax_exclusive: "' || coalesce(store.is_price_entered_with_tax, '') || '" is not true or false' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
