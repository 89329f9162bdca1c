SELECT
  *,
  HASH(*COLUMNS(*
  EXCLUDE (item_id))) AS row_hash
FROM (
  SELECT
    variant_id AS item_id,
    product_id AS parent_item_id,
    sku AS sku,
    TRY_CAST(ROUND_HALF_EVEN(price_including_tax) AS DECIMAL(18, 4)) AS price,
    TRY_CAST(ROUND_HALF_EVEN(NULLIF(cost_price, 0)) AS DECIMAL(18, 4)) AS cost_price,
    option_values AS option_values,
    CAST(NULL AS TEXT) AS image
  FROM source_variants
  CROSS JOIN (
    SELECT
      ANY_VALUE(weight_unit) AS store_weight_unit,
      ANY_VALUE(dimensions_unit) AS store_dimensions_unit,
      'Type' AS type_field
    FROM target_account
  ) AS store
) AS desired
