SELECT
  pair.item_id,
  pair.stands,
  LIST_FILTER(
    [
      CASE
        WHEN TRUE
        AND NOT desired.name IS NULL
        AND COALESCE(observed.name, '') IS DISTINCT FROM desired.name
        THEN {'field': 'name', 'before': TO_JSON(observed.name), 'after': TO_JSON(desired.name), 'rule': 'S000-12'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.description IS NULL
        AND COALESCE(observed.description, '') IS DISTINCT FROM desired.description
        THEN {'field': 'description', 'before': TO_JSON(observed.description), 'after': TO_JSON(desired.description), 'rule': 'S000-16'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.brand IS NULL
        AND COALESCE(observed.brand, '') IS DISTINCT FROM desired.brand
        THEN {'field': 'brand', 'before': TO_JSON(observed.brand), 'after': TO_JSON(desired.brand), 'rule': 'S000-19'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.is_active IS NULL
        AND observed.is_active IS DISTINCT FROM desired.is_active
        THEN {'field': 'is_active', 'before': TO_JSON(observed.is_active), 'after': TO_JSON(desired.is_active), 'rule': 'S000-37 S000-38 S000-41 S000-42'}
      END,
      CASE
        WHEN NOT pair.stands
        AND NOT desired.option_names IS NULL
        AND COALESCE(observed.option_names, []) IS DISTINCT FROM desired.option_names
        THEN {'field': 'option_names', 'before': TO_JSON(observed.option_names), 'after': TO_JSON(desired.option_names), 'rule': 'S000-20'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.stock_tracking IS NULL
        AND observed.stock_tracking IS DISTINCT FROM desired.stock_tracking
        THEN {'field': 'stock_tracking', 'before': TO_JSON(observed.stock_tracking), 'after': TO_JSON(desired.stock_tracking), 'rule': 'S000-18 S000-19'}
      END,
      CASE
        WHEN NOT pair.stands
        AND NOT desired.weight IS NULL
        AND observed.weight IS DISTINCT FROM desired.weight
        THEN {'field': 'weight', 'before': TO_JSON(observed.weight), 'after': TO_JSON(desired.weight), 'rule': 'S000-22'}
      END
    ],
    LAMBDA entry : NOT entry IS NULL
  ) AS fields
FROM product_pairs AS pair
JOIN products_wanted AS desired
  ON desired.item_id = pair.item_id
LEFT JOIN target_products AS observed
  ON observed.product_id = CASE WHEN pair.stands THEN pair.target_id END
