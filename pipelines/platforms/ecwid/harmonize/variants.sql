-- One row per variation; a product without any is a variant itself. Inputs: ecwid_products_raw, ecwid_profile_raw.
-- variant_id is the product's id, and of a variation that and its own: a variation is only ever reached through its product.
-- A variation leaves out what it takes over from its product (fact sheet §2.4): price and weight are then the product's. One
-- without a SKU of its own has no stock of its own either, so it has no SKU here. Money in minor units.
WITH store AS (
    SELECT
        CAST(CASE any_value(TRY_CAST(record ->> '$.formatsAndUnits.currencyPrecision' AS INTEGER))
            WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor,
        nullif(any_value(record ->> '$.formatsAndUnits.weightUnit'), '') AS weight_unit
    FROM ecwid_profile_raw
),
records AS (
    SELECT id, from_json(record,
        '{"sku":"VARCHAR","price":"VARCHAR","costPrice":"VARCHAR","compareToPrice":"VARCHAR","weight":"VARCHAR","attributes":[{"type":"VARCHAR","value":"VARCHAR"}],"options":[{"name":"VARCHAR"}],"combinations":[{"id":"VARCHAR","combinationNumber":"VARCHAR","sku":"VARCHAR","price":"VARCHAR","costPrice":"VARCHAR","compareToPrice":"VARCHAR","weight":"VARCHAR","originalImageUrl":"VARCHAR","imageUrl":"VARCHAR","attributes":[{"type":"VARCHAR","value":"VARCHAR"}],"options":[{"name":"VARCHAR","value":"VARCHAR"}]}]}'
    ) AS p
    FROM ecwid_products_raw
    WHERE id IS NOT NULL
),
listed AS (
    SELECT
        id,
        nullif(p.price, '') AS product_price,
        nullif(p.weight, '') AS product_weight,
        coalesce(len(p.combinations), 0) = 0 AS is_base,
        list_filter(coalesce(p.options, []), entry -> list_contains(
            coalesce(flatten(list_transform(p.combinations, one -> list_transform(one.options, part -> part.name))), []), entry.name
        )) AS options,
        unnest(CASE WHEN len(p.combinations) > 0 THEN p.combinations ELSE [struct_pack(
            id := NULL, combinationNumber := NULL, sku := p.sku, price := p.price, costPrice := p.costPrice,
            compareToPrice := p.compareToPrice, weight := p.weight, originalImageUrl := NULL, imageUrl := NULL,
            attributes := p.attributes, options := NULL)] END) AS v
    FROM records
),
texts AS (
    SELECT
        id AS product_id,
        CASE WHEN is_base THEN id ELSE id || ':' || v.id END AS variant_id,
        is_base,
        v,
        nullif(v.sku, '') AS sku,
        coalesce(nullif(v.price, ''), product_price) AS price_text,
        nullif(v.costPrice, '') AS cost_text,
        nullif(v.compareToPrice, '') AS msrp_text,
        coalesce(nullif(v.weight, ''), product_weight) AS weight_text,
        CASE WHEN is_base THEN CAST([] AS VARCHAR[]) ELSE list_transform(
            options, wanted -> list_filter(v.options, entry -> entry.name = wanted.name)[1].value
        ) END AS option_values
    FROM listed
    WHERE is_base OR v.id IS NOT NULL
),
typed AS (
    SELECT
        texts.*,
        store.weight_unit,
        TRY_CAST(TRY_CAST(price_text AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS price,
        TRY_CAST(TRY_CAST(cost_text AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS cost_price,
        TRY_CAST(TRY_CAST(msrp_text AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS msrp,
        TRY_CAST(TRY_CAST(weight_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS weight
    FROM texts CROSS JOIN store
)
SELECT
    variant_id,
    product_id,
    sku,
    price,
    nullif(cost_price, 0) AS cost_price,
    CAST(NULL AS DECIMAL(18, 4)) AS price_including_tax,
    CAST(NULL AS DECIMAL(18, 4)) AS price_excluding_tax,
    option_values,
    nullif(trim(list_filter(v.attributes, entry -> entry.type = 'UPC')[1].value), '') AS upc,
    CAST(row_number() OVER (
        PARTITION BY product_id ORDER BY TRY_CAST(v.combinationNumber AS BIGINT), TRY_CAST(v.id AS BIGINT), variant_id
    ) AS INTEGER) AS position,
    true AS is_active,
    nullif(msrp, 0) AS msrp,
    CAST(NULL AS DECIMAL(18, 4)) AS sale_price,
    nullif(weight, 0) AS weight,
    weight_unit,
    coalesce(nullif(v.originalImageUrl, ''), nullif(v.imageUrl, '')) AS image,
    is_base,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN price_text IS NULL THEN 'price: is missing' END,
        CASE WHEN price IS NULL AND price_text IS NOT NULL THEN 'price: "' || price_text || '" is not a number' END,
        CASE WHEN cost_price IS NULL AND cost_text IS NOT NULL THEN 'cost_price: "' || cost_text || '" is not a number' END,
        CASE WHEN msrp IS NULL AND msrp_text IS NOT NULL THEN 'msrp: "' || msrp_text || '" is not a number' END,
        CASE WHEN weight IS NULL AND weight_text IS NOT NULL THEN 'weight: "' || weight_text || '" is not a number' END,
        CASE WHEN len(list_filter(option_values, entry -> entry IS NULL)) > 0 THEN 'option_values: one is missing' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
