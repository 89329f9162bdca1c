SELECT
  judged.item_id,
  judged.location_id,
  judged.decided.field,
  judged.decided.to_field,
  judged.decided.decision,
  judged.decided.reason,
  judged.decided.source_value,
  judged.decided.target_value
FROM (
  SELECT
    s.product_id AS item_id,
    CAST(NULL AS TEXT) AS location_id,
    UNNEST(
      [
        {'field': 'name', 'to_field': CAST('name' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.name AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.name AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.name AS TEXT), 'target_value': CAST(t.name AS TEXT)},
        {'field': 'description', 'to_field': CAST('description' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.description AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.description AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.description AS TEXT), 'target_value': CAST(t.description AS TEXT)},
        {'field': 'brand', 'to_field': CAST('brand' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.brand AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.brand AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.brand AS TEXT), 'target_value': CAST(t.brand AS TEXT)},
        {'field': 'tags', 'to_field': CAST('search_keywords' AS TEXT), 'decision': 'synced', 'reason': 'owned by the till', 'source_value': CAST(s.tags AS TEXT), 'target_value': CAST(t.search_keywords AS TEXT)},
        {'field': 'type', 'to_field': CAST('custom_fields' AS TEXT), 'decision': 'synced', 'reason': 'owned by the till', 'source_value': CAST(s.type AS TEXT), 'target_value': CAST(t.custom_fields AS TEXT)},
        {'field': 'is_active', 'to_field': CAST('is_active' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.is_active AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.is_active AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.is_active AS TEXT), 'target_value': CAST(t.is_active AS TEXT)},
        {'field': 'option_names', 'to_field': CAST('option_names' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.option_names AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.option_names AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'sent when the record is created, left alone after that'
        END, 'source_value': CAST(s.option_names AS TEXT), 'target_value': CAST(t.option_names AS TEXT)},
        {'field': 'stock_tracking', 'to_field': CAST('stock_tracking' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.stock_tracking AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.stock_tracking AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.stock_tracking AS TEXT), 'target_value': CAST(t.stock_tracking AS TEXT)},
        {'field': 'weight', 'to_field': CAST('weight' AS TEXT), 'decision': 'withheld', 'reason': 'set once at creation because the API requires it, never updated', 'source_value': CAST(s.weight AS TEXT), 'target_value': CAST(t.weight AS TEXT)},
        {'field': 'weight_unit', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'the store has one unit for all weights', 'source_value': CAST(s.weight_unit AS TEXT), 'target_value': CAST(t.weight_unit AS TEXT)},
        {'field': 'width', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'sizing belongs to the store', 'source_value': CAST(s.width AS TEXT), 'target_value': CAST(t.width AS TEXT)},
        {'field': 'height', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'sizing belongs to the store', 'source_value': CAST(s.height AS TEXT), 'target_value': CAST(t.height AS TEXT)},
        {'field': 'depth', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'sizing belongs to the store', 'source_value': CAST(s.depth AS TEXT), 'target_value': CAST(t.depth AS TEXT)},
        {'field': 'dimensions_unit', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'the store has one unit for all sizes', 'source_value': CAST(s.dimensions_unit AS TEXT), 'target_value': CAST(t.dimensions_unit AS TEXT)},
        {'field': 'categories', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'categories belong to the store', 'source_value': CAST(s.categories AS TEXT), 'target_value': CAST(t.categories AS TEXT)},
        {'field': 'category_paths', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'categories belong to the store', 'source_value': CAST(s.category_paths AS TEXT), 'target_value': CAST(t.category_paths AS TEXT)},
        {'field': 'msrp', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'the recommended price belongs to the store', 'source_value': CAST(s.msrp AS TEXT), 'target_value': CAST(t.msrp AS TEXT)},
        {'field': 'sale_price', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'the sale price belongs to the store', 'source_value': CAST(s.sale_price AS TEXT), 'target_value': CAST(t.sale_price AS TEXT)},
        {'field': 'tax_code', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'the tax code belongs to the store', 'source_value': CAST(s.tax_code AS TEXT), 'target_value': CAST(t.tax_code AS TEXT)},
        {'field': 'customizations', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'customizations belong to the store', 'source_value': CAST(s.customizations AS TEXT), 'target_value': CAST(t.customizations AS TEXT)},
        {'field': 'page_title', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'SEO fields belong to the store', 'source_value': CAST(s.page_title AS TEXT), 'target_value': CAST(t.page_title AS TEXT)},
        {'field': 'meta_description', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'SEO fields belong to the store', 'source_value': CAST(s.meta_description AS TEXT), 'target_value': CAST(t.meta_description AS TEXT)},
        {'field': 'meta_keywords', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'SEO fields belong to the store', 'source_value': CAST(s.meta_keywords AS TEXT), 'target_value': CAST(t.meta_keywords AS TEXT)},
        {'field': 'custom_url', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'SEO fields belong to the store', 'source_value': CAST(s.custom_url AS TEXT), 'target_value': CAST(t.custom_url AS TEXT)},
        {'field': 'custom_fields', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'custom fields belong to the store; only the one named by type_field is ours', 'source_value': CAST(s.custom_fields AS TEXT), 'target_value': CAST(t.custom_fields AS TEXT)},
        {'field': 'search_keywords', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'words the store added itself are kept as they are', 'source_value': CAST(s.search_keywords AS TEXT), 'target_value': CAST(t.search_keywords AS TEXT)},
        {'field': 'handle', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'the till''s handle has no counterpart; the store makes its own address', 'source_value': CAST(s.handle AS TEXT), 'target_value': CAST(t.handle AS TEXT)},
        {'field': 'subtitle', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'neither side has one', 'source_value': CAST(s.subtitle AS TEXT), 'target_value': CAST(t.subtitle AS TEXT)},
        {'field': 'supplier', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'the store has no supplier', 'source_value': CAST(s.supplier AS TEXT), 'target_value': CAST(t.supplier AS TEXT)},
        {'field': 'supplier_code', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'the store has no supplier code', 'source_value': CAST(s.supplier_code AS TEXT), 'target_value': CAST(t.supplier_code AS TEXT)},
        {'field': 'loyalty_amount', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'loyalty has no counterpart', 'source_value': CAST(s.loyalty_amount AS TEXT), 'target_value': CAST(t.loyalty_amount AS TEXT)},
        {'field': 'account_code', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'account codes have no counterpart', 'source_value': CAST(s.account_code AS TEXT), 'target_value': CAST(t.account_code AS TEXT)},
        {'field': 'account_code_purchase', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'account codes have no counterpart', 'source_value': CAST(s.account_code_purchase AS TEXT), 'target_value': CAST(t.account_code_purchase AS TEXT)}
      ]
    ) AS decided
  FROM source_products AS s
  LEFT JOIN products_link AS l
    ON l.from_id = s.product_id
  LEFT JOIN target_products AS t
    ON t.product_id = l.to_id
) AS judged
