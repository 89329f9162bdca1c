SELECT
  pair.item_id,
  pair.stands,
  LIST_FILTER(
    [
      CASE
        WHEN TRUE
        AND NOT desired.sku IS NULL
        AND COALESCE(observed.sku, '') IS DISTINCT FROM desired.sku
        THEN {'field': 'sku', 'before': TO_JSON(observed.sku), 'after': TO_JSON(desired.sku), 'rule': 'S003-10 S003-33'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.price IS NULL
        AND observed.price IS DISTINCT FROM desired.price
        THEN {'field': 'price', 'before': TO_JSON(observed.price), 'after': TO_JSON(desired.price), 'rule': 'S003-16 S003-33'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.upc IS NULL
        AND COALESCE(observed.upc, '') IS DISTINCT FROM desired.upc
        THEN {'field': 'upc', 'before': TO_JSON(observed.upc), 'after': TO_JSON(desired.upc), 'rule': 'S003-11'}
      END,
      CASE
        WHEN NOT pair.stands
        AND NOT desired.option_values IS NULL
        AND COALESCE(observed.option_values, []) IS DISTINCT FROM desired.option_values
        THEN {'field': 'option_values', 'before': TO_JSON(observed.option_values), 'after': TO_JSON(desired.option_values), 'rule': 'S003-13'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.weight IS NULL
        AND observed.weight IS DISTINCT FROM desired.weight
        THEN {'field': 'weight', 'before': TO_JSON(observed.weight), 'after': TO_JSON(desired.weight), 'rule': 'S003-18'}
      END,
      CASE
        WHEN TRUE
        AND NOT desired.image IS NULL
        AND COALESCE(observed.image, '') IS DISTINCT FROM desired.image
        THEN {'field': 'image', 'before': TO_JSON(observed.image), 'after': TO_JSON(desired.image), 'rule': 'S003-17 S003-36'}
      END
    ],
    LAMBDA entry : NOT entry IS NULL
  ) AS fields
FROM variant_pairs AS pair
JOIN variants_desired AS desired
  ON desired.item_id = pair.item_id
LEFT JOIN target_variants AS observed
  ON observed.variant_id = CASE WHEN pair.stands THEN pair.target_id END
