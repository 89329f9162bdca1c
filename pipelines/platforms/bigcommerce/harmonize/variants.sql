-- One row per variant. Inputs: bigcommerce_products_raw, bigcommerce_store_raw. Money in minor units.
-- The base variant of a product without options is the product itself: what it leaves NULL is the product's, and so it
-- is with any variant's prices and weight. 0 in cost, recommended and sale price means that there is none.
-- A product whose answer lists no variant is shown by its base_variant_id. Option values are put under the option
-- they belong to by its id, in the order of the first variant that has most.
WITH store AS (
    SELECT
        CAST(CASE any_value(TRY_CAST(record ->> '$.decimal_places' AS INTEGER))
            WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor,
        nullif(any_value(record ->> '$.weight_units'), '') AS weight_unit
    FROM bigcommerce_store_raw
),
records AS (
    SELECT id, from_json(record,
        '{"sku":"VARCHAR","upc":"VARCHAR","base_variant_id":"VARCHAR","price":"VARCHAR","cost_price":"VARCHAR","retail_price":"VARCHAR","sale_price":"VARCHAR","weight":"VARCHAR","variants":[{"id":"VARCHAR","sku":"VARCHAR","upc":"VARCHAR","price":"VARCHAR","cost_price":"VARCHAR","retail_price":"VARCHAR","sale_price":"VARCHAR","weight":"VARCHAR","purchasing_disabled":"VARCHAR","image_url":"VARCHAR","option_values":[{"option_id":"VARCHAR","label":"VARCHAR"}]}]}'
    ) AS p
    FROM bigcommerce_products_raw
    WHERE id IS NOT NULL
),
listed AS (
    SELECT
        id,
        struct_pack(sku := p.sku, upc := p.upc, price := p.price, cost_price := p.cost_price, retail_price := p.retail_price,
            sale_price := p.sale_price, weight := p.weight, variants := coalesce(len(p.variants), 0)) AS product,
        list_filter(p.variants, variant -> len(variant.option_values) = widest)[1].option_values AS options,
        unnest(CASE
            WHEN len(p.variants) > 0 THEN p.variants
            WHEN p.base_variant_id IS NOT NULL THEN [struct_pack(
                id := p.base_variant_id, sku := NULL, upc := NULL, price := NULL, cost_price := NULL, retail_price := NULL,
                sale_price := NULL, weight := NULL, purchasing_disabled := NULL, image_url := NULL, option_values := NULL)]
        END) AS v
    FROM (SELECT *, list_max(list_transform(p.variants, variant -> len(variant.option_values))) AS widest FROM records)
),
texts AS (
    SELECT
        id,
        v.id AS variant_id,
        coalesce(options, []) AS options,
        coalesce(v.option_values, []) AS own,
        len(coalesce(options, [])) = 0 AND product.variants <= 1 AS is_base,
        v.sku AS own_sku,
        v.upc AS own_upc,
        product.sku AS product_sku,
        product.upc AS product_upc,
        coalesce(nullif(v.price, ''), nullif(product.price, '')) AS price_text,
        coalesce(nullif(v.weight, ''), nullif(product.weight, '')) AS weight_text,
        [nullif(v.cost_price, ''), nullif(product.cost_price, '')] AS cost_texts,
        [nullif(v.retail_price, ''), nullif(product.retail_price, '')] AS msrp_texts,
        [nullif(v.sale_price, ''), nullif(product.sale_price, '')] AS sale_texts,
        v.purchasing_disabled,
        nullif(v.image_url, '') AS image
    FROM listed
    WHERE v.id IS NOT NULL
),
typed AS (
    SELECT
        texts.*,
        weight_unit,
        TRY_CAST(TRY_CAST(price_text AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS price,
        TRY_CAST(TRY_CAST(weight_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS weight,
        list_transform(cost_texts, amount -> TRY_CAST(TRY_CAST(amount AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4))) AS costs,
        list_transform(msrp_texts, amount -> TRY_CAST(TRY_CAST(amount AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4))) AS msrps,
        list_transform(sale_texts, amount -> TRY_CAST(TRY_CAST(amount AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4))) AS sales,
        list_transform(options, wanted -> list_filter(own, entry -> entry.option_id = wanted.option_id)[1].label) AS option_values
    FROM texts CROSS JOIN store
)
SELECT
    variant_id,
    id AS product_id,
    coalesce(nullif(own_sku, ''), CASE WHEN is_base THEN nullif(product_sku, '') END) AS sku,
    price,
    coalesce(nullif(costs[1], 0), nullif(costs[2], 0)) AS cost_price,
    CAST(NULL AS DECIMAL(18, 4)) AS price_including_tax,
    CAST(NULL AS DECIMAL(18, 4)) AS price_excluding_tax,
    option_values,
    coalesce(nullif(trim(own_upc), ''), CASE WHEN is_base THEN nullif(trim(product_upc), '') END) AS upc,
    CAST(row_number() OVER (PARTITION BY id ORDER BY TRY_CAST(variant_id AS BIGINT), variant_id) AS INTEGER) AS position,
    NOT coalesce(TRY_CAST(purchasing_disabled AS BOOLEAN), false) AS is_active,
    coalesce(nullif(msrps[1], 0), nullif(msrps[2], 0)) AS msrp,
    coalesce(nullif(sales[1], 0), nullif(sales[2], 0)) AS sale_price,
    weight,
    weight_unit,
    image,
    is_base,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN price_text IS NULL THEN 'price: is missing' END,
        CASE WHEN price IS NULL AND price_text IS NOT NULL THEN 'price: "' || price_text || '" is not a number' END,
        CASE WHEN costs[1] IS NULL AND cost_texts[1] IS NOT NULL THEN 'cost_price: "' || cost_texts[1] || '" is not a number' END,
        CASE WHEN msrps[1] IS NULL AND msrp_texts[1] IS NOT NULL THEN 'msrp: "' || msrp_texts[1] || '" is not a number' END,
        CASE WHEN sales[1] IS NULL AND sale_texts[1] IS NOT NULL THEN 'sale_price: "' || sale_texts[1] || '" is not a number' END,
        CASE WHEN weight IS NULL AND weight_text IS NOT NULL THEN 'weight: "' || weight_text || '" is not a number' END,
        CASE WHEN len(list_filter(option_values, entry -> entry IS NULL)) > 0 THEN 'option_values: one is missing' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
