-- One row: the store. Input: ecwid_profile_raw. Prices are kept with or without tax as the store's tax settings say.
WITH facts AS (
    SELECT from_json(record,
        '{"settings":{"storeName":"VARCHAR"},"formatsAndUnits":{"currency":"VARCHAR","currencyPrecision":"VARCHAR","timezone":"VARCHAR","weightUnit":"VARCHAR","dimensionsUnit":"VARCHAR"},"taxSettings":{"pricesIncludeTax":"VARCHAR"},"company":{"countryCode":"VARCHAR"},"payment":{"paymentOptions":[{"enabled":"VARCHAR","configured":"VARCHAR"}]}}'
    ) AS store
    FROM ecwid_profile_raw
    ORDER BY seq DESC
    LIMIT 1
),
typed AS (
    SELECT
        store,
        TRY_CAST(store.formatsAndUnits.currencyPrecision AS INTEGER) AS decimal_places,
        TRY_CAST(store.taxSettings.pricesIncludeTax AS BOOLEAN) AS with_tax
    FROM facts
)
SELECT
    nullif(trim(store.settings.storeName), '') AS name,
    nullif(upper(trim(store.formatsAndUnits.currency)), '') AS currency,
    CASE WHEN decimal_places BETWEEN 0 AND 4 THEN decimal_places ELSE 2 END AS decimal_places,
    nullif(store.formatsAndUnits.timezone, '') AS time_zone,
    NOT with_tax AS tax_exclusive,
    nullif(store.formatsAndUnits.weightUnit, '') AS weight_unit,
    nullif(store.formatsAndUnits.dimensionsUnit, '') AS dimensions_unit,
    nullif(store.company.countryCode, '') AS country,
    len(list_filter(coalesce(store.payment.paymentOptions, []), way ->
        coalesce(TRY_CAST(way.enabled AS BOOLEAN), false) AND coalesce(TRY_CAST(way.configured AS BOOLEAN), true))) > 0 AS takes_payments,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN coalesce(trim(store.formatsAndUnits.currency), '') = '' THEN 'currency: is missing' END,
        CASE WHEN coalesce(decimal_places NOT BETWEEN 0 AND 4, true)
            THEN 'decimal_places: "' || coalesce(store.formatsAndUnits.currencyPrecision, '') || '" is not 0 to 4, 2 is taken' END,
        CASE WHEN with_tax IS NULL
            THEN 'tax_exclusive: "' || coalesce(store.taxSettings.pricesIncludeTax, '') || '" is not true or false' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
