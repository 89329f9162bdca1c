SELECT
  *,
  HASH(*COLUMNS(*
  EXCLUDE (item_id))) AS row_hash
FROM (
  SELECT
    product_id AS item_id,
    name AS name,
    COALESCE(description, '') AS description,
    COALESCE(brand, '') AS brand,
    is_active AS is_active,
    option_names AS option_names,
    stock_tracking AS stock_tracking,
    CAST(COALESCE(
      TRY_CAST(TRY_CAST(weight AS DECIMAL(12, 4)) * CASE UPPER(weight_unit)
        WHEN 'KG'
        THEN 1000.00000
        WHEN 'LB'
        THEN 453.59237
        WHEN 'OZ'
        THEN 28.34952
        WHEN 'CT'
        THEN 0.20000
        ELSE 1.00000
      END * CASE LOWER(store_weight_unit)
        WHEN 'ounces'
        THEN 0.0352739620
        WHEN 'lbs'
        THEN 0.0022046226
        WHEN 'kgs'
        THEN 0.0010000000
        WHEN 'tonnes'
        THEN 0.0000010000
        ELSE 1.0000000000
      END AS DECIMAL(18, 4)),
      0
    ) AS DECIMAL(18, 4)) AS weight,
    CAST(NULL AS TEXT[]) AS search_keywords,
    CAST(NULL AS STRUCT("name" TEXT, "value" TEXT)[]) AS custom_fields,
    CAST(NULL AS TEXT[]) AS category_paths
  FROM source_products
  CROSS JOIN (
    SELECT
      ANY_VALUE(weight_unit) AS store_weight_unit,
      ANY_VALUE(dimensions_unit) AS store_dimensions_unit,
      'Type' AS type_field
    FROM target_account
  ) AS store
) AS desired
