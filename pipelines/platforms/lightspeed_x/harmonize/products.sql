-- Families: one row per product_id, its fields from the first living member (the parent where it lives).
-- Inputs: products, retailer, brands, tags, product_categories (raw). A family is deleted when all of its members are.
-- A composite is counted unless all it is made of is not: its own switch says nothing (fact sheet §6.6).
-- Names of brands, tags and categories are those of their own lists; a deleted one is no name. Money in minor units.
WITH money AS (
    SELECT CAST(CASE
        WHEN any_value(upper(trim(record->>'$.currency.code'))) IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1
        WHEN any_value(upper(trim(record->>'$.currency.code'))) IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
        ELSE 100
    END AS DECIMAL(4, 0)) AS minor
    FROM lightspeed_x_retailer_raw
),
members AS MATERIALIZED (
    SELECT
        id,
        coalesce(nullif(member.family_id, ''), nullif(member.variant_parent_id, ''), id) AS product_id,
        nullif(member.variant_parent_id, '') IS NOT NULL AS is_child,
        coalesce(TRY_CAST(member.has_variants AS BOOLEAN), false) AS is_parent,
        coalesce(TRY_CAST(member.active AS BOOLEAN), TRY_CAST(member.is_active AS BOOLEAN)) AS is_active,
        TRY_CAST(member.has_inventory AS BOOLEAN) AS tracked,
        coalesce(TRY_CAST(member.is_composite AS BOOLEAN), false) AS is_composite,
        member.created_at AS created_text,
        timezone('UTC', TRY_CAST(member.updated_at AS TIMESTAMPTZ)) AS changed_at,
        coalesce(list_transform(member.variant_options, entry -> entry.name), CAST([] AS VARCHAR[])) AS option_names,
        CAST(version AS BIGINT) AS version,
        deleted_text
    FROM (
        SELECT id, version, nullif(deleted_at, '') AS deleted_text, from_json(record,
            '{"family_id":"VARCHAR","variant_parent_id":"VARCHAR","has_variants":"VARCHAR","active":"VARCHAR","is_active":"VARCHAR","has_inventory":"VARCHAR","is_composite":"VARCHAR","created_at":"VARCHAR","updated_at":"VARCHAR","variant_options":[{"name":"VARCHAR"}]}'
        ) AS member
        FROM lightspeed_x_products_raw
        WHERE id IS NOT NULL
    )
),
uncounted AS (
    SELECT bundle.id
    FROM (SELECT id, record -> '$.composite_bom' AS bom FROM lightspeed_x_products_raw WHERE id IN (SELECT id FROM members WHERE is_composite)) AS bundle,
        json_each(bundle.bom) AS part
    LEFT JOIN members ON members.id = part.key
    GROUP BY bundle.id
    HAVING bool_and(coalesce(NOT members.tracked, false))
),
families AS (
    SELECT
        product_id,
        arg_min(id, struct_pack(dead := deleted_text IS NOT NULL, is_child, created_text := coalesce(created_text, ''), id)) AS first_id,
        coalesce(bool_or(is_active) FILTER (deleted_text IS NULL), false) AS is_active,
        coalesce(bool_or(CASE WHEN is_composite THEN id NOT IN (SELECT id FROM uncounted) ELSE tracked END) FILTER (deleted_text IS NULL), false) AS stock_tracking,
        bool_or(is_child OR is_parent) AS has_variants,
        count(DISTINCT list_sort(option_names)) FILTER (deleted_text IS NULL) > 1 AS options_differ,
        coalesce(bool_or(len(list_distinct(option_names)) < len(option_names)) FILTER (deleted_text IS NULL), false) AS options_repeat,
        max(changed_at) AS changed_at,
        max(version) AS version,
        CASE WHEN bool_and(deleted_text IS NOT NULL) THEN max(coalesce(
            timezone('UTC', TRY_CAST(deleted_text AS TIMESTAMPTZ)), TIMESTAMP '1970-01-01 00:00:00')) END AS deleted_at
    FROM members
    GROUP BY product_id
),
firsts AS MATERIALIZED (
    SELECT
        families.*,
        timezone('UTC', TRY_CAST(members.created_text AS TIMESTAMPTZ)) AS created_at,
        members.option_names,
        nullif(record.brand_id, '') AS brand_id,
        coalesce(nullif(record.product_category.id, ''), nullif(record.product_type_id, ''), nullif(record.type.id, '')) AS type_id,
        CASE WHEN trim(record.name) <> '' THEN record.name END AS name,
        nullif(record.weight, '') AS weight_text,
        nullif(record.width, '') AS width_text,
        nullif(record.height, '') AS height_text,
        nullif(record.length, '') AS depth_text,
        nullif(record.loyalty_amount, '') AS loyalty_text,
        record,
        defect
    FROM families
    JOIN members ON members.id = families.first_id
    JOIN (
        SELECT id, defect, from_json(record,
            '{"name":"VARCHAR","handle":"VARCHAR","description":"VARCHAR","brand_id":"VARCHAR","brand":{"name":"VARCHAR"},"product_category":{"id":"VARCHAR","name":"VARCHAR","category_path":[{"name":"VARCHAR"}]},"product_type_id":"VARCHAR","type":{"id":"VARCHAR","name":"VARCHAR"},"tag_ids":["VARCHAR"],"categories":[{"id":"VARCHAR","name":"VARCHAR"}],"supplier":{"name":"VARCHAR"},"supplier_code":"VARCHAR","product_suppliers":[{"supplier_name":"VARCHAR","code":"VARCHAR"}],"weight":"VARCHAR","weight_unit":"VARCHAR","width":"VARCHAR","height":"VARCHAR","length":"VARCHAR","dimensions_unit":"VARCHAR","loyalty_amount":"VARCHAR","account_code":"VARCHAR","account_code_purchase":"VARCHAR","is_composite":"VARCHAR"}'
        ) AS record
        FROM lightspeed_x_products_raw
        WHERE id IN (SELECT first_id FROM families)
    ) AS records ON records.id = families.first_id
),
tag_ids AS (
    SELECT DISTINCT product_id, unnest(record.tag_ids) AS tag_id FROM firsts
),
embedded AS (
    SELECT product_id, unnest(record.categories) AS tag FROM firsts
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
        firsts.*,
        TRY_CAST(TRY_CAST(weight_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS weight,
        TRY_CAST(TRY_CAST(width_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS width,
        TRY_CAST(TRY_CAST(height_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS height,
        TRY_CAST(TRY_CAST(depth_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS depth,
        TRY_CAST(TRY_CAST(loyalty_text AS DECIMAL(30, 10)) * money.minor AS DECIMAL(18, 4)) AS loyalty_amount
    FROM firsts CROSS JOIN money
)
SELECT
    first.product_id,
    nullif(first.record.handle, '') AS handle,
    first.name,
    nullif(first.record.description, '') AS description,
    CAST(NULL AS VARCHAR) AS subtitle,
    nullif(CASE WHEN brand.id IS NULL THEN first.record.brand.name
        WHEN nullif(brand.deleted_at, '') IS NULL THEN brand.record->>'$.name' END, '') AS brand,
    nullif(coalesce(category.record->>'$.name', first.record.product_category.name, first.record.type.name), '') AS type,
    coalesce(list_filter(tagged.tags, entry -> nullif(entry, '') IS NOT NULL), CAST([] AS VARCHAR[])) AS tags,
    first.is_active,
    first.has_variants,
    first.option_names,
    first.stock_tracking,
    CAST(NULL AS VARCHAR[]) AS search_keywords,
    CAST(NULL AS STRUCT("name" VARCHAR, "value" VARCHAR)[]) AS custom_fields,
    CAST(NULL AS VARCHAR[]) AS categories,
    list_filter([array_to_string(coalesce(
        list_transform(from_json(category.record -> '$.category_path', '[{"name":"VARCHAR"}]'), step -> step.name),
        list_transform(first.record.product_category.category_path, step -> step.name), [category.record ->> '$.name']
    ), ' / ')], path -> path <> '') AS category_paths,
    nullif(coalesce(first.record.supplier.name, first.record.product_suppliers[1].supplier_name), '') AS supplier,
    nullif(coalesce(nullif(first.record.supplier_code, ''), first.record.product_suppliers[1].code), '') AS supplier_code,
    first.weight,
    nullif(first.record.weight_unit, '') AS weight_unit,
    first.width,
    first.height,
    first.depth,
    nullif(first.record.dimensions_unit, '') AS dimensions_unit,
    CAST(NULL AS DECIMAL(18, 4)) AS msrp,
    CAST(NULL AS DECIMAL(18, 4)) AS sale_price,
    CAST(NULL AS VARCHAR) AS tax_code,
    CAST(NULL AS VARCHAR[]) AS customizations,
    CAST(NULL AS VARCHAR) AS page_title,
    CAST(NULL AS VARCHAR) AS meta_description,
    CAST(NULL AS VARCHAR[]) AS meta_keywords,
    CAST(NULL AS VARCHAR) AS custom_url,
    first.loyalty_amount,
    nullif(first.record.account_code, '') AS account_code,
    nullif(first.record.account_code_purchase, '') AS account_code_purchase,
    coalesce(TRY_CAST(first.record.is_composite AS BOOLEAN), false) AS is_composite,
    first.created_at,
    CAST(NULL AS VARCHAR) AS made_for,
    first.changed_at,
    first.version,
    first.deleted_at,
    list_filter([
        first.defect,
        CASE WHEN first.name IS NULL THEN 'name: is missing' END,
        CASE WHEN first.options_differ THEN 'option_names: the option names differ between the variants' END,
        CASE WHEN first.options_repeat THEN 'option_names: a variant names an option twice' END,
        CASE WHEN first.weight IS NULL AND weight_text IS NOT NULL THEN 'weight: "' || weight_text || '" is not a number' END,
        CASE WHEN first.width IS NULL AND width_text IS NOT NULL THEN 'width: "' || width_text || '" is not a number' END,
        CASE WHEN first.height IS NULL AND height_text IS NOT NULL THEN 'height: "' || height_text || '" is not a number' END,
        CASE WHEN first.depth IS NULL AND depth_text IS NOT NULL THEN 'depth: "' || depth_text || '" is not a number' END,
        CASE WHEN loyalty_amount IS NULL AND loyalty_text IS NOT NULL
            THEN 'loyalty_amount: "' || loyalty_text || '" is not a number' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed AS first
LEFT JOIN tagged ON tagged.product_id = first.product_id
LEFT JOIN lightspeed_x_brands_raw AS brand ON brand.id = first.brand_id
LEFT JOIN lightspeed_x_product_categories_raw AS category ON category.id = first.type_id
