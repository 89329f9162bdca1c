-- Families: one row per product_id, from its first living member (the parent where it lives). A family is deleted when
-- all of its members are. Names of brands, tags and categories are those of the lists; a deleted one is no name.
WITH money AS (
    SELECT CAST(CASE
        WHEN any_value(upper(trim(record->>'$.currency.code'))) IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1
        WHEN any_value(upper(trim(record->>'$.currency.code'))) IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
        ELSE 100
    END AS DECIMAL(4, 0)) AS minor
    FROM lightspeed_x_retailer_raw
),
members AS (
    SELECT
        id,
        record,
        coalesce(nullif(record->>'$.family_id', ''), nullif(record->>'$.variant_parent_id', ''), id) AS product_id,
        nullif(record->>'$.variant_parent_id', '') IS NOT NULL AS is_child,
        CAST(version AS BIGINT) AS version,
        nullif(deleted_at, '') AS deleted_text
    FROM lightspeed_x_products_raw
    WHERE id IS NOT NULL
),
families AS (
    SELECT
        product_id,
        coalesce(bool_or(coalesce(TRY_CAST(record->>'$.active' AS BOOLEAN), TRY_CAST(record->>'$.is_active' AS BOOLEAN)))
            FILTER (deleted_text IS NULL), false) AS is_active,
        coalesce(bool_or(TRY_CAST(record->>'$.has_inventory' AS BOOLEAN)) FILTER (deleted_text IS NULL), false) AS stock_tracking,
        bool_or(is_child OR coalesce(TRY_CAST(record->>'$.has_variants' AS BOOLEAN), false)) AS has_variants,
        max(TRY_CAST(record->>'$.updated_at' AS TIMESTAMP)) AS changed_at,
        max(version) AS version,
        CASE WHEN bool_and(deleted_text IS NOT NULL)
            THEN max(coalesce(TRY_CAST(deleted_text AS TIMESTAMP), TIMESTAMP '1970-01-01 00:00:00')) END AS deleted_at
    FROM members
    GROUP BY product_id
),
firsts AS (
    SELECT
        id,
        product_id,
        record,
        nullif(record->>'$.brand_id', '') AS brand_id,
        coalesce(nullif(record->>'$.product_category.id', ''), nullif(record->>'$.product_type_id', ''), nullif(record->>'$.type.id', '')) AS type_id,
        CASE WHEN trim(record->>'$.name') <> '' THEN record->>'$.name' END AS name,
        nullif(record->>'$.weight', '') AS weight_text,
        nullif(record->>'$.width', '') AS width_text,
        nullif(record->>'$.height', '') AS height_text,
        nullif(record->>'$.length', '') AS depth_text,
        nullif(record->>'$.loyalty_amount', '') AS loyalty_text
    FROM members
    QUALIFY row_number() OVER (
        PARTITION BY product_id ORDER BY deleted_text IS NOT NULL, is_child, record->>'$.created_at', id
    ) = 1
),
tag_ids AS (
    SELECT DISTINCT product_id, unnest(from_json(record->'$.tag_ids', '["VARCHAR"]')) AS tag_id FROM firsts
),
embedded AS (
    SELECT product_id, unnest(from_json(record->'$.categories', '[{"id":"VARCHAR","name":"VARCHAR"}]')) AS tag FROM firsts
),
tagged AS (
    SELECT tag_ids.product_id, list_sort(list_distinct(list(
        CASE WHEN listed.id IS NULL THEN embedded.tag.name
            WHEN nullif(listed.deleted_at, '') IS NULL THEN listed.record->>'$.name' END
    ))) AS tags
    FROM tag_ids
    LEFT JOIN lightspeed_x_tags_raw AS listed ON listed.id = tag_ids.tag_id
    LEFT JOIN embedded ON embedded.product_id = tag_ids.product_id AND embedded.tag.id = tag_ids.tag_id
    GROUP BY tag_ids.product_id
),
typed AS (
    SELECT
        *,
        TRY_CAST(TRY_CAST(weight_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS weight,
        TRY_CAST(TRY_CAST(width_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS width,
        TRY_CAST(TRY_CAST(height_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS height,
        TRY_CAST(TRY_CAST(depth_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS depth,
        TRY_CAST(TRY_CAST(loyalty_text AS DECIMAL(30, 10)) * money.minor AS DECIMAL(18, 4)) AS loyalty_amount
    FROM firsts CROSS JOIN money
)
SELECT
    first.product_id,
    nullif(first.record->>'$.handle', '') AS handle,
    first.name,
    nullif(first.record->>'$.description', '') AS description,
    nullif(CASE WHEN brand.id IS NULL THEN first.record->>'$.brand.name'
        WHEN nullif(brand.deleted_at, '') IS NULL THEN brand.record->>'$.name' END, '') AS brand,
    nullif(coalesce(category.record->>'$.name', first.record->>'$.product_category.name', first.record->>'$.type.name'), '') AS type,
    coalesce(list_filter(tagged.tags, entry -> nullif(entry, '') IS NOT NULL), CAST([] AS VARCHAR[])) AS tags,
    families.is_active,
    families.has_variants,
    coalesce(list_transform(from_json(first.record->'$.variant_options', '[{"name":"VARCHAR"}]'), entry -> entry.name), CAST([] AS VARCHAR[])) AS option_names,
    families.stock_tracking,
    CAST(NULL AS VARCHAR[]) AS search_keywords,
    CAST(NULL AS STRUCT("name" VARCHAR, "value" VARCHAR)[]) AS custom_fields,
    CAST(NULL AS VARCHAR[]) AS categories,
    nullif(coalesce(first.record->>'$.supplier.name', first.record->>'$.product_suppliers[0].supplier_name'), '') AS supplier,
    nullif(coalesce(nullif(first.record->>'$.supplier_code', ''), first.record->>'$.product_suppliers[0].code'), '') AS supplier_code,
    first.weight,
    nullif(first.record->>'$.weight_unit', '') AS weight_unit,
    first.width,
    first.height,
    first.depth,
    nullif(first.record->>'$.dimensions_unit', '') AS dimensions_unit,
    CAST(NULL AS DECIMAL(18, 4)) AS msrp,
    CAST(NULL AS DECIMAL(18, 4)) AS sale_price,
    CAST(NULL AS VARCHAR) AS tax_code,
    CAST(NULL AS VARCHAR[]) AS customizations,
    CAST(NULL AS VARCHAR) AS page_title,
    CAST(NULL AS VARCHAR) AS meta_description,
    CAST(NULL AS VARCHAR[]) AS meta_keywords,
    CAST(NULL AS VARCHAR) AS custom_url,
    first.loyalty_amount,
    nullif(first.record->>'$.account_code', '') AS account_code,
    nullif(first.record->>'$.account_code_purchase', '') AS account_code_purchase,
    coalesce(TRY_CAST(first.record->>'$.is_composite' AS BOOLEAN), false) AS is_composite,
    families.changed_at,
    families.version,
    families.deleted_at,
    list_filter([
        CASE WHEN first.name IS NULL THEN 'name: is missing' END,
        CASE WHEN first.weight IS NULL AND weight_text IS NOT NULL THEN 'weight: "' || weight_text || '" is not a number' END,
        CASE WHEN first.width IS NULL AND width_text IS NOT NULL THEN 'width: "' || width_text || '" is not a number' END,
        CASE WHEN first.height IS NULL AND height_text IS NOT NULL THEN 'height: "' || height_text || '" is not a number' END,
        CASE WHEN first.depth IS NULL AND depth_text IS NOT NULL THEN 'depth: "' || depth_text || '" is not a number' END,
        CASE WHEN loyalty_amount IS NULL AND loyalty_text IS NOT NULL
            THEN 'loyalty_amount: "' || loyalty_text || '" is not a number' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed AS first
JOIN families ON families.product_id = first.product_id
LEFT JOIN tagged ON tagged.product_id = first.product_id
LEFT JOIN lightspeed_x_brands_raw AS brand ON brand.id = first.brand_id
LEFT JOIN lightspeed_x_product_categories_raw AS category ON category.id = first.type_id
