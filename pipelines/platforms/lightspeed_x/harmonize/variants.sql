-- Sellable products, deleted ones too: one row per product record (the parent of a family is itself for sale).
-- Inputs: products, retailer (raw). Money in minor units; what rules is the price without tax for a tax-exclusive
-- retailer, else the price with tax (fact sheet §6.1). Option values stand in the order of the family's option names.
WITH money AS (
    SELECT
        CAST(CASE
            WHEN any_value(upper(trim(record->>'$.currency.code'))) IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1
            WHEN any_value(upper(trim(record->>'$.currency.code'))) IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
            ELSE 100
        END AS DECIMAL(4, 0)) AS minor,
        coalesce(any_value(trim(record->>'$.currency.code')), '') <> '' AS currency_known,
        any_value(TRY_CAST(record->>'$.tax_exclusive' AS BOOLEAN)) AS tax_exclusive
    FROM lightspeed_x_retailer_raw
),
sold AS (
    SELECT
        id,
        coalesce(nullif(record.family_id, ''), nullif(record.variant_parent_id, ''), id) AS product_id,
        nullif(record.variant_parent_id, '') IS NOT NULL AS is_child,
        coalesce(TRY_CAST(record.has_variants AS BOOLEAN), false) AS is_parent,
        coalesce(record.created_at, '') AS created_text,
        CASE WHEN trim(record.sku) <> '' THEN record.sku END AS sku,
        coalesce(trim(record.name), '') <> '' AS named,
        nullif(record.price_including_tax, '') AS including_text,
        nullif(record.price_excluding_tax, '') AS excluding_text,
        nullif(record.supply_price, '') AS cost_text,
        nullif(record.weight, '') AS weight_text,
        nullif(record.weight_unit, '') AS weight_unit,
        coalesce(nullif(record.active, ''), record.is_active) AS active_text,
        coalesce(record.variant_options, []) AS options,
        coalesce(record.product_codes, []) AS codes,
        coalesce(nullif(record.skuImages[1].sizes.original, ''), nullif(record.skuImages[1].url, '')) AS image,
        CAST(version AS BIGINT) AS version,
        deleted_text,
        defect
    FROM (
        SELECT id, version, defect, nullif(deleted_at, '') AS deleted_text, from_json(record,
            '{"family_id":"VARCHAR","variant_parent_id":"VARCHAR","has_variants":"VARCHAR","created_at":"VARCHAR","sku":"VARCHAR","name":"VARCHAR","price_including_tax":"VARCHAR","price_excluding_tax":"VARCHAR","supply_price":"VARCHAR","weight":"VARCHAR","weight_unit":"VARCHAR","active":"VARCHAR","is_active":"VARCHAR","variant_options":[{"name":"VARCHAR","value":"VARCHAR"}],"product_codes":[{"type":"VARCHAR","code":"VARCHAR"}],"skuImages":[{"url":"VARCHAR","sizes":{"original":"VARCHAR"}}]}'
        ) AS record
        FROM lightspeed_x_products_raw
        WHERE id IS NOT NULL
    )
),
typed AS (
    SELECT
        sold.*,
        money.tax_exclusive,
        money.currency_known,
        TRY_CAST(TRY_CAST(including_text AS DECIMAL(30, 10)) * money.minor AS DECIMAL(18, 4)) AS including,
        TRY_CAST(TRY_CAST(excluding_text AS DECIMAL(30, 10)) * money.minor AS DECIMAL(18, 4)) AS excluding,
        TRY_CAST(TRY_CAST(cost_text AS DECIMAL(30, 10)) * money.minor AS DECIMAL(18, 4)) AS cost_price,
        TRY_CAST(TRY_CAST(weight_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS weight,
        TRY_CAST(active_text AS BOOLEAN) AS is_active,
        list_transform(first_value(options) OVER family, entry -> entry.name) AS option_names,
        row_number() OVER family AS place,
        count(*) FILTER (deleted_text IS NULL) OVER (PARTITION BY product_id) AS living
    FROM sold CROSS JOIN money
    WINDOW family AS (PARTITION BY product_id ORDER BY deleted_text IS NOT NULL, is_child, created_text, id)
),
valued AS (
    SELECT
        *,
        CASE WHEN tax_exclusive THEN excluding WHEN NOT tax_exclusive THEN including END AS price,
        CASE WHEN tax_exclusive THEN excluding_text ELSE including_text END AS price_text,
        list_transform(
            option_names, wanted -> nullif(list_filter(options, entry -> entry.name = wanted)[1].value, '')
        ) AS option_values,
        list_transform(
            ['UPC', 'EAN', 'JAN', 'ISBN', 'ITF'],
            kind -> nullif(trim(list_filter(codes, entry -> upper(entry.type) = kind)[1].code), '')
        ) AS barcodes
    FROM typed
)
SELECT
    id AS variant_id,
    product_id,
    sku,
    price,
    cost_price,
    including AS price_including_tax,
    excluding AS price_excluding_tax,
    option_values,
    list_filter(barcodes, entry -> entry IS NOT NULL)[1] AS upc,
    CAST(place AS INTEGER) AS position,
    is_active,
    CAST(NULL AS DECIMAL(18, 4)) AS msrp,
    CAST(NULL AS DECIMAL(18, 4)) AS sale_price,
    weight,
    weight_unit,
    image,
    len(option_names) = 0 AND NOT is_child AND NOT is_parent AND living <= 1 AS is_base,
    version,
    CASE WHEN deleted_text IS NOT NULL THEN coalesce(
        timezone('UTC', TRY_CAST(deleted_text AS TIMESTAMPTZ)), TIMESTAMP '1970-01-01 00:00:00') END AS deleted_at,
    list_filter([
        defect,
        CASE WHEN NOT named THEN 'name: is missing' END,
        CASE WHEN tax_exclusive IS NULL THEN 'price: the retailer does not say whether prices include tax' END,
        CASE WHEN NOT currency_known THEN 'price: the retailer names no currency' END,
        CASE WHEN tax_exclusive IS NOT NULL AND price_text IS NULL THEN 'price: is missing' END,
        CASE WHEN tax_exclusive IS NOT NULL AND price IS NULL AND price_text IS NOT NULL
            THEN 'price: "' || price_text || '" is not a number' END,
        CASE WHEN cost_price IS NULL AND cost_text IS NOT NULL THEN 'cost_price: "' || cost_text || '" is not a number' END,
        CASE WHEN including IS NULL AND including_text IS NOT NULL AND coalesce(tax_exclusive, true)
            THEN 'price_including_tax: "' || including_text || '" is not a number' END,
        CASE WHEN excluding IS NULL AND excluding_text IS NOT NULL AND NOT coalesce(tax_exclusive, false)
            THEN 'price_excluding_tax: "' || excluding_text || '" is not a number' END,
        CASE WHEN weight IS NULL AND weight_text IS NOT NULL THEN 'weight: "' || weight_text || '" is not a number' END,
        CASE WHEN is_active IS NULL THEN 'is_active: "' || coalesce(active_text, '') || '" is not true or false' END,
        CASE WHEN len(list_filter(option_values, entry -> entry IS NULL)) > 0 THEN 'option_values: one is missing' END
    ], entry -> entry IS NOT NULL) AS defects
FROM valued
