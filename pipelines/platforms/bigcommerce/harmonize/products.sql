-- One row per product. Inputs: bigcommerce_products_raw, bigcommerce_brands_raw, bigcommerce_store_raw.
-- option_names come from the first variant's option values: the list answer carries options only at ten products a page.
WITH store AS (
    SELECT CAST(power(10, coalesce(any_value(TRY_CAST(record ->> '$.decimal_places' AS INTEGER)), 2)) AS DECIMAL(9, 0)) AS units,
           any_value(record ->> '$.weight_units') AS weight_unit, any_value(record ->> '$.dimension_units') AS dimensions_unit
    FROM bigcommerce_store_raw
)
SELECT p.id AS product_id, CAST(NULL AS VARCHAR) AS handle, nullif(p.record ->> '$.name', '') AS name,
       nullif(p.record ->> '$.description', '') AS description, b.record ->> '$.name' AS brand,
       CAST(NULL AS VARCHAR) AS type, CAST([] AS VARCHAR[]) AS tags,
       coalesce(TRY_CAST(p.record ->> '$.is_visible' AS BOOLEAN), false) AS is_active,
       json_array_length(coalesce(p.record -> '$.variants', '[]')) > 1 AS has_variants,
       CAST(list_transform(json_extract(p.record, '$.variants[0].option_values[*]'), lambda o: json_extract_string(o, '$.option_display_name')) AS VARCHAR[]) AS option_names,
       coalesce(p.record ->> '$.inventory_tracking', 'none') <> 'none' AS stock_tracking,
       list_sort(list_distinct(list_filter(list_transform(string_split(coalesce(p.record ->> '$.search_keywords', ''), ','), lambda w: trim(w)), lambda w: w <> ''))) AS search_keywords,
       list_sort(CAST(list_transform(json_extract(p.record, '$.custom_fields[*]'), lambda f: struct_pack(name := json_extract_string(f, '$.name'), value := json_extract_string(f, '$.value'))) AS STRUCT("name" VARCHAR, "value" VARCHAR)[])) AS custom_fields,
       CAST(list_transform(json_extract(p.record, '$.categories[*]'), lambda c: json_extract_string(c, '$')) AS VARCHAR[]) AS categories,
       CAST(NULL AS VARCHAR) AS supplier, CAST(NULL AS VARCHAR) AS supplier_code,
       TRY_CAST(p.record ->> '$.weight' AS DECIMAL(18, 4)) AS weight, s.weight_unit,
       TRY_CAST(p.record ->> '$.width' AS DECIMAL(18, 4)) AS width, TRY_CAST(p.record ->> '$.height' AS DECIMAL(18, 4)) AS height,
       TRY_CAST(p.record ->> '$.depth' AS DECIMAL(18, 4)) AS depth, s.dimensions_unit,
       CAST(TRY_CAST(nullif(p.record ->> '$.retail_price', '0') AS DECIMAL(20, 8)) * s.units AS DECIMAL(18, 4)) AS msrp,
       CAST(TRY_CAST(nullif(p.record ->> '$.sale_price', '0') AS DECIMAL(20, 8)) * s.units AS DECIMAL(18, 4)) AS sale_price,
       nullif(p.record ->> '$.product_tax_code', '') AS tax_code, CAST(NULL AS VARCHAR[]) AS customizations,
       nullif(p.record ->> '$.page_title', '') AS page_title, nullif(p.record ->> '$.meta_description', '') AS meta_description,
       CAST(list_transform(json_extract(p.record, '$.meta_keywords[*]'), lambda w: json_extract_string(w, '$')) AS VARCHAR[]) AS meta_keywords,
       p.record ->> '$.custom_url.url' AS custom_url, CAST(NULL AS DECIMAL(18, 4)) AS loyalty_amount,
       CAST(NULL AS VARCHAR) AS account_code, CAST(NULL AS VARCHAR) AS account_code_purchase, false AS is_composite,
       CAST(TRY_CAST(p.record ->> '$.date_modified' AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP) AS changed_at,
       CAST(NULL AS BIGINT) AS version, CAST(NULL AS TIMESTAMP) AS deleted_at, CAST([] AS VARCHAR[]) AS defects
FROM bigcommerce_products_raw AS p
CROSS JOIN store AS s
LEFT JOIN bigcommerce_brands_raw AS b ON b.id = (p.record ->> '$.brand_id')
