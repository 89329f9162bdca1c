SELECT
  *,
  HASH(*COLUMNS(*
  EXCLUDE (item_id))) AS row_hash
FROM (
  SELECT
    product_id AS item_id,
    name AS name,
    description AS description,
    COALESCE(category_paths, []) AS category_paths,
    brand AS brand,
    is_active AS is_active,
    option_names AS option_names,
    stock_tracking AS stock_tracking,
    CAST(NULLIF(
      TRY_CAST(TRY_CAST(depth AS DECIMAL(12, 4)) * CASE UPPER(dimensions_unit)
        WHEN 'MM'
        THEN 1.0
        WHEN 'CM'
        THEN 10.0
        WHEN 'IN'
        THEN 25.4
        WHEN 'YD'
        THEN 914.4
      END * CASE UPPER(store_dimensions_unit)
        WHEN 'MM'
        THEN 1.00000000000000
        WHEN 'CM'
        THEN 0.10000000000000
        WHEN 'IN'
        THEN 0.03937007874016
        WHEN 'YD'
        THEN 0.00109361329834
      END AS DECIMAL(18, 4)),
      0
    ) AS DECIMAL(18, 4)) AS depth,
    CAST(NULLIF(
      TRY_CAST(TRY_CAST(width AS DECIMAL(12, 4)) * CASE UPPER(dimensions_unit)
        WHEN 'MM'
        THEN 1.0
        WHEN 'CM'
        THEN 10.0
        WHEN 'IN'
        THEN 25.4
        WHEN 'YD'
        THEN 914.4
      END * CASE UPPER(store_dimensions_unit)
        WHEN 'MM'
        THEN 1.00000000000000
        WHEN 'CM'
        THEN 0.10000000000000
        WHEN 'IN'
        THEN 0.03937007874016
        WHEN 'YD'
        THEN 0.00109361329834
      END AS DECIMAL(18, 4)),
      0
    ) AS DECIMAL(18, 4)) AS width,
    CAST(NULLIF(
      TRY_CAST(TRY_CAST(height AS DECIMAL(12, 4)) * CASE UPPER(dimensions_unit)
        WHEN 'MM'
        THEN 1.0
        WHEN 'CM'
        THEN 10.0
        WHEN 'IN'
        THEN 25.4
        WHEN 'YD'
        THEN 914.4
      END * CASE UPPER(store_dimensions_unit)
        WHEN 'MM'
        THEN 1.00000000000000
        WHEN 'CM'
        THEN 0.10000000000000
        WHEN 'IN'
        THEN 0.03937007874016
        WHEN 'YD'
        THEN 0.00109361329834
      END AS DECIMAL(18, 4)),
      0
    ) AS DECIMAL(18, 4)) AS height,
    CAST(NULL AS TEXT[]) AS search_keywords,
    CAST(NULL AS STRUCT("name" TEXT, "value" TEXT)[]) AS custom_fields
  FROM source_products
  CROSS JOIN (
    SELECT
      ANY_VALUE(weight_unit) AS store_weight_unit,
      ANY_VALUE(dimensions_unit) AS store_dimensions_unit,
      'Type' AS type_field
    FROM target_account
  ) AS store
) AS desired
