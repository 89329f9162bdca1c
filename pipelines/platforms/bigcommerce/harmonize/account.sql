-- One row: the store. Input: bigcommerce_store_raw.
SELECT record ->> '$.name' AS name, record ->> '$.currency' AS currency,
       coalesce(TRY_CAST(record ->> '$.decimal_places' AS INTEGER), 2) AS decimal_places,
       record ->> '$.timezone.name' AS time_zone,
       NOT coalesce(TRY_CAST(record ->> '$.is_price_entered_with_tax' AS BOOLEAN), false) AS tax_exclusive,
       record ->> '$.weight_units' AS weight_unit, record ->> '$.dimension_units' AS dimensions_unit,
       record ->> '$.country_code' AS country,
       CAST(NULL AS BIGINT) AS version, CAST(NULL AS TIMESTAMP) AS deleted_at, CAST([] AS VARCHAR[]) AS defects
FROM bigcommerce_store_raw
