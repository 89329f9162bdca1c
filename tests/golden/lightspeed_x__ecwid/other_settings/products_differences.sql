SELECT
  pair.item_id,
  pair.stands,
  LIST_FILTER(
    [
      CASE
        WHEN TRUE
        AND NOT desired.name IS NULL
        AND COALESCE(observed.name, '') IS DISTINCT FROM desired.name
        THEN {'field': 'name', 'before': TO_JSON(observed.name), 'after': TO_JSON(desired.name), 'rule': 'S003-06 S003-33'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.description IS NULL
        AND COALESCE(observed.description, '') IS DISTINCT FROM desired.description
        THEN {'field': 'description', 'before': TO_JSON(observed.description), 'after': TO_JSON(desired.description), 'rule': 'S003-08 S003-33'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.category_paths IS NULL
        AND COALESCE(observed.category_paths, []) IS DISTINCT FROM desired.category_paths
        THEN {'field': 'category_paths', 'before': TO_JSON(observed.category_paths), 'after': TO_JSON(desired.category_paths), 'rule': 'S003-07 S003-33'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.brand IS NULL
        AND COALESCE(observed.brand, '') IS DISTINCT FROM desired.brand
        THEN {'field': 'brand', 'before': TO_JSON(observed.brand), 'after': TO_JSON(desired.brand), 'rule': 'S003-09'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.is_active IS NULL
        AND observed.is_active IS DISTINCT FROM desired.is_active
        THEN {'field': 'is_active', 'before': TO_JSON(observed.is_active), 'after': TO_JSON(desired.is_active), 'rule': 'S003-04 S003-05 S003-14 S003-42 S003-44'}
      END,
      CASE
        WHEN NOT pair.stands
        AND NOT desired.option_names IS NULL
        AND COALESCE(observed.option_names, []) IS DISTINCT FROM desired.option_names
        THEN {'field': 'option_names', 'before': TO_JSON(observed.option_names), 'after': TO_JSON(desired.option_names), 'rule': 'S003-12'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.stock_tracking IS NULL
        AND observed.stock_tracking IS DISTINCT FROM desired.stock_tracking
        THEN {'field': 'stock_tracking', 'before': TO_JSON(observed.stock_tracking), 'after': TO_JSON(desired.stock_tracking), 'rule': 'S003-15'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.depth IS NULL
        AND observed.depth IS DISTINCT FROM desired.depth
        THEN {'field': 'depth', 'before': TO_JSON(observed.depth), 'after': TO_JSON(desired.depth), 'rule': 'S003-19'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.width IS NULL
        AND observed.width IS DISTINCT FROM desired.width
        THEN {'field': 'width', 'before': TO_JSON(observed.width), 'after': TO_JSON(desired.width), 'rule': 'S003-19'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.height IS NULL
        AND observed.height IS DISTINCT FROM desired.height
        THEN {'field': 'height', 'before': TO_JSON(observed.height), 'after': TO_JSON(desired.height), 'rule': 'S003-19'}
      END
    ],
    LAMBDA entry : NOT entry IS NULL
  ) AS fields
FROM product_pairs AS pair
JOIN products_wanted AS desired
  ON desired.item_id = pair.item_id
LEFT JOIN target_products AS observed
  ON observed.product_id = CASE WHEN pair.stands THEN pair.target_id END
