-- One row per product. Inputs: bigcommerce_products_raw, bigcommerce_brands_raw, bigcommerce_store_raw.
-- option_names are those of the first variant that has most option values: the list answer carries options themselves
-- only at ten products a page. Money in minor units; 0 in recommended and sale price means that there is none.
WITH store AS (
    SELECT
        CAST(CASE any_value(TRY_CAST(record ->> '$.decimal_places' AS INTEGER))
            WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor,
        nullif(any_value(record ->> '$.weight_units'), '') AS weight_unit,
        nullif(any_value(record ->> '$.dimension_units'), '') AS dimensions_unit
    FROM bigcommerce_store_raw
),
records AS (
    SELECT id, from_json(record,
        '{"name":"VARCHAR","description":"VARCHAR","brand_id":"VARCHAR","is_visible":"VARCHAR","inventory_tracking":"VARCHAR","search_keywords":"VARCHAR","custom_fields":[{"name":"VARCHAR","value":"VARCHAR"}],"categories":["VARCHAR"],"weight":"VARCHAR","width":"VARCHAR","height":"VARCHAR","depth":"VARCHAR","retail_price":"VARCHAR","sale_price":"VARCHAR","product_tax_code":"VARCHAR","page_title":"VARCHAR","meta_description":"VARCHAR","meta_keywords":["VARCHAR"],"custom_url":{"url":"VARCHAR"},"date_created":"VARCHAR","date_modified":"VARCHAR","variants":[{"option_values":[{"option_display_name":"VARCHAR"}]}]}'
    ) AS r
    FROM bigcommerce_products_raw
    WHERE id IS NOT NULL
),
typed AS (
    SELECT
        records.*,
        store.weight_unit,
        store.dimensions_unit,
        coalesce(r.variants, []) AS variants,
        list_max(list_transform(r.variants, variant -> len(variant.option_values))) AS widest,
        TRY_CAST(r.is_visible AS BOOLEAN) AS is_visible,
        CASE r.inventory_tracking WHEN 'none' THEN false WHEN 'product' THEN true WHEN 'variant' THEN true END AS tracked,
        TRY_CAST(TRY_CAST(r.weight AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS weight,
        TRY_CAST(TRY_CAST(r.width AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS width,
        TRY_CAST(TRY_CAST(r.height AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS height,
        TRY_CAST(TRY_CAST(r.depth AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS depth,
        TRY_CAST(TRY_CAST(r.retail_price AS DECIMAL(30, 10)) * store.minor AS DECIMAL(18, 4)) AS msrp,
        TRY_CAST(TRY_CAST(r.sale_price AS DECIMAL(30, 10)) * store.minor AS DECIMAL(18, 4)) AS sale_price
    FROM records CROSS JOIN store
)
SELECT
    typed.id AS product_id,
    CAST(NULL AS VARCHAR) AS handle,
    nullif(r.name, '') AS name,
    nullif(r.description, '') AS description,
    CAST(NULL AS VARCHAR) AS subtitle,
    nullif(brand.record ->> '$.name', '') AS brand,
    CAST(NULL AS VARCHAR) AS type,
    CAST([] AS VARCHAR[]) AS tags,
    coalesce(is_visible, false) AS is_active,
    len(variants) > 1 AS has_variants,
    coalesce(list_transform(
        list_filter(variants, variant -> len(variant.option_values) = widest)[1].option_values, entry -> entry.option_display_name
    ), CAST([] AS VARCHAR[])) AS option_names,
    coalesce(tracked, false) AS stock_tracking,
    list_sort(list_distinct(list_filter(
        list_transform(string_split(coalesce(r.search_keywords, ''), ','), word -> trim(word)), word -> word <> ''
    ))) AS search_keywords,
    CAST(list_sort(list_filter(coalesce(r.custom_fields, []), entry -> entry.name IS NOT NULL))
        AS STRUCT("name" VARCHAR, "value" VARCHAR)[]) AS custom_fields,
    list_sort(coalesce(r.categories, CAST([] AS VARCHAR[]))) AS categories,
    CAST(NULL AS VARCHAR[]) AS category_paths,
    CAST(NULL AS VARCHAR) AS supplier,
    CAST(NULL AS VARCHAR) AS supplier_code,
    weight,
    weight_unit,
    width,
    height,
    depth,
    dimensions_unit,
    nullif(msrp, 0) AS msrp,
    nullif(sale_price, 0) AS sale_price,
    nullif(r.product_tax_code, '') AS tax_code,
    CAST(NULL AS VARCHAR[]) AS customizations,
    nullif(r.page_title, '') AS page_title,
    nullif(r.meta_description, '') AS meta_description,
    coalesce(r.meta_keywords, CAST([] AS VARCHAR[])) AS meta_keywords,
    nullif(r.custom_url.url, '') AS custom_url,
    CAST(NULL AS DECIMAL(18, 4)) AS loyalty_amount,
    CAST(NULL AS VARCHAR) AS account_code,
    CAST(NULL AS VARCHAR) AS account_code_purchase,
    false AS is_composite,
    timezone('UTC', TRY_CAST(r.date_created AS TIMESTAMPTZ)) AS created_at,
    CAST(NULL AS VARCHAR) AS made_for,
    timezone('UTC', TRY_CAST(r.date_modified AS TIMESTAMPTZ)) AS changed_at,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN coalesce(trim(r.name), '') = '' THEN 'name: is missing' END,
        CASE WHEN is_visible IS NULL THEN 'is_active: "' || coalesce(r.is_visible, '') || '" is not true or false' END,
        CASE WHEN tracked IS NULL THEN 'stock_tracking: "' || coalesce(r.inventory_tracking, '') || '" is not known' END,
        CASE WHEN weight IS NULL AND r.weight <> '' THEN 'weight: "' || r.weight || '" is not a number' END,
        CASE WHEN width IS NULL AND r.width <> '' THEN 'width: "' || r.width || '" is not a number' END,
        CASE WHEN height IS NULL AND r.height <> '' THEN 'height: "' || r.height || '" is not a number' END,
        CASE WHEN depth IS NULL AND r.depth <> '' THEN 'depth: "' || r.depth || '" is not a number' END,
        CASE WHEN msrp IS NULL AND r.retail_price <> '' THEN 'msrp: "' || r.retail_price || '" is not a number' END,
        CASE WHEN sale_price IS NULL AND r.sale_price <> '' THEN 'sale_price: "' || r.sale_price || '" is not a number' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
LEFT JOIN bigcommerce_brands_raw AS brand ON brand.id = r.brand_id
