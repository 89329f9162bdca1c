-- One row per product. Inputs: ecwid_products_raw, ecwid_categories_raw, ecwid_profile_raw.
-- Brand is the attribute of type BRAND; option_names are those of options that make variations, in order, all others are
-- customizations; a product is counted when nothing of it is sold without end. Sizes of 0: none.
WITH RECURSIVE store AS (
    SELECT
        CAST(CASE any_value(TRY_CAST(record ->> '$.formatsAndUnits.currencyPrecision' AS INTEGER))
            WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor,
        nullif(any_value(record ->> '$.formatsAndUnits.weightUnit'), '') AS weight_unit,
        nullif(any_value(record ->> '$.formatsAndUnits.dimensionsUnit'), '') AS dimensions_unit
    FROM ecwid_profile_raw
),
named AS (
    SELECT id, coalesce(nullif(record ->> '$.parentId', '0'), '') AS parent_id, record ->> '$.name' AS name
    FROM ecwid_categories_raw
    WHERE id IS NOT NULL
),
paths AS (
    SELECT id, name AS path, 1 AS depth FROM named WHERE parent_id = ''
    UNION ALL
    SELECT n.id, p.path || ' / ' || n.name, p.depth + 1 FROM named AS n JOIN paths AS p ON n.parent_id = p.id WHERE p.depth < 20
),
records AS (
    SELECT id, from_json(record,
        '{"name":"VARCHAR","description":"VARCHAR","subtitle":"VARCHAR","enabled":"VARCHAR","unlimited":"VARCHAR","attributes":[{"type":"VARCHAR","value":"VARCHAR"}],"options":[{"name":"VARCHAR"}],"categoryIds":["VARCHAR"],"weight":"VARCHAR","dimensions":{"length":"VARCHAR","width":"VARCHAR","height":"VARCHAR"},"compareToPrice":"VARCHAR","tax":{"taxClassCode":"VARCHAR"},"seoTitle":"VARCHAR","seoDescription":"VARCHAR","customSlug":"VARCHAR","externalReferenceId":"VARCHAR","createTimestamp":"VARCHAR","updateTimestamp":"VARCHAR","combinations":[{"sku":"VARCHAR","unlimited":"VARCHAR","options":[{"name":"VARCHAR"}]}]}'
    ) AS r
    FROM ecwid_products_raw
    WHERE id IS NOT NULL
),
placed AS (
    SELECT u.id, list_sort(list(paths.path)) AS category_paths
    FROM (SELECT id, unnest(r.categoryIds) AS category_id FROM records) AS u
    JOIN paths ON paths.id = u.category_id
    GROUP BY u.id
),
typed AS (
    SELECT
        records.*,
        store.weight_unit,
        store.dimensions_unit,
        coalesce(flatten(list_transform(r.combinations, entry -> list_transform(entry.options, part -> part.name))), CAST([] AS VARCHAR[])) AS parts,
        TRY_CAST(r.enabled AS BOOLEAN) AS is_active,
        CASE WHEN len(r.combinations) > 0 AND len(list_filter(r.combinations, entry -> nullif(entry.sku, '') IS NOT NULL)) > 0
            THEN len(list_filter(r.combinations, entry -> coalesce(TRY_CAST(entry.unlimited AS BOOLEAN), false))) = 0
            ELSE NOT coalesce(TRY_CAST(r.unlimited AS BOOLEAN), false) END AS tracked,
        TRY_CAST(TRY_CAST(r.weight AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS weight,
        TRY_CAST(TRY_CAST(r.dimensions.width AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS width,
        TRY_CAST(TRY_CAST(r.dimensions.height AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS height,
        TRY_CAST(TRY_CAST(r.dimensions.length AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS depth,
        TRY_CAST(TRY_CAST(r.compareToPrice AS DECIMAL(30, 10)) * store.minor AS DECIMAL(18, 4)) AS msrp
    FROM records CROSS JOIN store
)
SELECT
    typed.id AS product_id,
    CAST(NULL AS VARCHAR) AS handle,
    nullif(r.name, '') AS name,
    nullif(r.description, '') AS description,
    nullif(r.subtitle, '') AS subtitle,
    nullif(list_filter(r.attributes, entry -> entry.type = 'BRAND')[1].value, '') AS brand,
    CAST(NULL AS VARCHAR) AS type,
    CAST([] AS VARCHAR[]) AS tags,
    coalesce(is_active, false) AS is_active,
    coalesce(len(r.combinations), 0) > 0 AS has_variants,
    coalesce(list_transform(list_filter(r.options, entry -> list_contains(parts, entry.name)), entry -> entry.name),
        CAST([] AS VARCHAR[])) AS option_names,
    tracked AS stock_tracking,
    CAST([] AS VARCHAR[]) AS search_keywords,
    CAST([] AS STRUCT("name" VARCHAR, "value" VARCHAR)[]) AS custom_fields,
    list_sort(coalesce(r.categoryIds, CAST([] AS VARCHAR[]))) AS categories,
    coalesce(placed.category_paths, CAST([] AS VARCHAR[])) AS category_paths,
    CAST(NULL AS VARCHAR) AS supplier,
    CAST(NULL AS VARCHAR) AS supplier_code,
    nullif(weight, 0) AS weight,
    weight_unit,
    nullif(width, 0) AS width,
    nullif(height, 0) AS height,
    nullif(depth, 0) AS depth,
    dimensions_unit,
    nullif(msrp, 0) AS msrp,
    CAST(NULL AS DECIMAL(18, 4)) AS sale_price,
    nullif(r.tax.taxClassCode, '') AS tax_code,
    coalesce(list_transform(list_filter(r.options, entry -> NOT list_contains(parts, entry.name)), entry -> entry.name),
        CAST([] AS VARCHAR[])) AS customizations,
    nullif(r.seoTitle, '') AS page_title,
    nullif(r.seoDescription, '') AS meta_description,
    CAST([] AS VARCHAR[]) AS meta_keywords,
    nullif(r.customSlug, '') AS custom_url,
    CAST(NULL AS DECIMAL(18, 4)) AS loyalty_amount,
    CAST(NULL AS VARCHAR) AS account_code,
    CAST(NULL AS VARCHAR) AS account_code_purchase,
    false AS is_composite,
    timezone('UTC', to_timestamp(TRY_CAST(r.createTimestamp AS BIGINT))) AS created_at,
    coalesce(r.externalReferenceId, '') AS made_for,
    timezone('UTC', to_timestamp(TRY_CAST(r.updateTimestamp AS BIGINT))) AS changed_at,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN coalesce(trim(r.name), '') = '' THEN 'name: is missing' END,
        CASE WHEN is_active IS NULL THEN 'is_active: "' || coalesce(r.enabled, '') || '" is not true or false' END,
        CASE WHEN weight IS NULL AND r.weight <> '' THEN 'weight: "' || r.weight || '" is not a number' END,
        CASE WHEN width IS NULL AND r.dimensions.width <> '' THEN 'width: "' || r.dimensions.width || '" is not a number' END,
        CASE WHEN height IS NULL AND r.dimensions.height <> '' THEN 'height: "' || r.dimensions.height || '" is not a number' END,
        CASE WHEN depth IS NULL AND r.dimensions.length <> '' THEN 'depth: "' || r.dimensions.length || '" is not a number' END,
        CASE WHEN msrp IS NULL AND r.compareToPrice <> '' THEN 'msrp: "' || r.compareToPrice || '" is not a number' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
LEFT JOIN placed ON placed.id = typed.id
