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
    s.variant_id AS item_id,
    CAST(NULL AS TEXT) AS location_id,
    UNNEST(
      [
        {'field': 'sku', 'to_field': CAST('sku' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.sku AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.sku AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.sku AS TEXT), 'target_value': CAST(t.sku AS TEXT)},
        {'field': 'price', 'to_field': CAST('price' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.price AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.price AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.price AS TEXT), 'target_value': CAST(t.price AS TEXT)},
        {'field': 'upc', 'to_field': CAST('upc' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.upc AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.upc AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.upc AS TEXT), 'target_value': CAST(t.upc AS TEXT)},
        {'field': 'option_values', 'to_field': CAST('option_values' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.option_values AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.option_values AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'sent when the record is created, left alone after that'
        END, 'source_value': CAST(s.option_values AS TEXT), 'target_value': CAST(t.option_values AS TEXT)},
        {'field': 'weight', 'to_field': CAST('weight' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.weight AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.weight AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.weight AS TEXT), 'target_value': CAST(t.weight AS TEXT)},
        {'field': 'image', 'to_field': CAST('image' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.image AS TEXT), '') IN ('', '[]')
          THEN 'blank_skipped'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.image AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: skip` keeps what the store has'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.image AS TEXT), 'target_value': CAST(t.image AS TEXT)},
        {'field': 'cost_price', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'what an item costs the shop is never shown to the store', 'source_value': CAST(s.cost_price AS TEXT), 'target_value': CAST(t.cost_price AS TEXT)},
        {'field': 'price_including_tax', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'the setting `prices` chooses which retail price is sent as price', 'source_value': CAST(s.price_including_tax AS TEXT), 'target_value': CAST(t.price_including_tax AS TEXT)},
        {'field': 'price_excluding_tax', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'the setting `prices` chooses which retail price is sent as price', 'source_value': CAST(s.price_excluding_tax AS TEXT), 'target_value': CAST(t.price_excluding_tax AS TEXT)},
        {'field': 'msrp', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'the price to compare with belongs to the store', 'source_value': CAST(s.msrp AS TEXT), 'target_value': CAST(t.msrp AS TEXT)},
        {'field': 'sale_price', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'the store has no price beside the price and the one to compare with', 'source_value': CAST(s.sale_price AS TEXT), 'target_value': CAST(t.sale_price AS TEXT)},
        {'field': 'is_active', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'the store shows or hides whole products; a product shows while any variant is sold', 'source_value': CAST(s.is_active AS TEXT), 'target_value': CAST(t.is_active AS TEXT)}
      ]
    ) AS decided
  FROM source_variants AS s
  LEFT JOIN variants_link AS l
    ON l.from_id = s.variant_id
  LEFT JOIN target_variants AS t
    ON t.variant_id = l.to_id
) AS judged
