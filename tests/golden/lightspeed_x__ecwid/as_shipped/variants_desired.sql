SELECT
  *,
  HASH(*COLUMNS(*
  EXCLUDE (item_id))) AS row_hash
FROM (
  SELECT
    variant_id AS item_id,
    product_id AS parent_item_id,
    sku AS sku,
    TRY_CAST(ROUND_HALF_EVEN(price) AS DECIMAL(18, 4)) AS price,
    upc AS upc,
    option_values AS option_values,
    CAST(NULLIF(
      TRY_CAST(TRY_CAST(weight AS DECIMAL(12, 4)) * CASE UPPER(weight_unit)
        WHEN 'G'
        THEN 1.00000
        WHEN 'KG'
        THEN 1000.00000
        WHEN 'LB'
        THEN 453.59237
        WHEN 'OZ'
        THEN 28.34952
        WHEN 'CT'
        THEN 0.20000
      END * CASE UPPER(store_weight_unit)
        WHEN 'GRAM'
        THEN 1.00000000000000
        WHEN 'KILOGRAM'
        THEN 0.00100000000000
        WHEN 'POUND'
        THEN 0.00220462262185
        WHEN 'OUNCE'
        THEN 0.03527396194958
        WHEN 'CARAT'
        THEN 5.00000000000000
      END AS DECIMAL(18, 4)),
      0
    ) AS DECIMAL(18, 4)) AS weight,
    image AS image
  FROM source_variants
  CROSS JOIN (
    SELECT
      ANY_VALUE(weight_unit) AS store_weight_unit,
      ANY_VALUE(dimensions_unit) AS store_dimensions_unit,
      'Type' AS type_field
    FROM target_account
  ) AS store
) AS desired
