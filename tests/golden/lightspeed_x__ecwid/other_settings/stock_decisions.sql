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
    s.location_id AS location_id,
    UNNEST(
      [
        {'field': 'on_hand', 'to_field': CAST('on_hand' AS TEXT), 'decision': CASE
          WHEN COALESCE(CAST(s.on_hand AS TEXT), '') IN ('', '[]')
          THEN 'emptied'
          ELSE 'synced'
        END, 'reason': CASE
          WHEN COALESCE(CAST(s.on_hand AS TEXT), '') IN ('', '[]')
          THEN 'blank at the till; `on_blank: overwrite` empties the store''s field'
          ELSE 'owned by the till'
        END, 'source_value': CAST(s.on_hand AS TEXT), 'target_value': CAST(t.on_hand AS TEXT)},
        {'field': 'reorder_point', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'reordering happens at the till', 'source_value': CAST(s.reorder_point AS TEXT), 'target_value': CAST(t.reorder_point AS TEXT)},
        {'field': 'reorder_quantity', 'to_field': CAST(NULL AS TEXT), 'decision': 'no_counterpart', 'reason': 'reordering happens at the till', 'source_value': CAST(s.reorder_quantity AS TEXT), 'target_value': CAST(t.reorder_quantity AS TEXT)},
        {'field': 'low_stock', 'to_field': CAST(NULL AS TEXT), 'decision': 'withheld', 'reason': 'at which level the shop is warned is the store''s business', 'source_value': CAST(s.low_stock AS TEXT), 'target_value': CAST(t.low_stock AS TEXT)}
      ]
    ) AS decided
  FROM (
    SELECT
      k.variant_id,
      o.to_location_id AS location_id,
      SUM(k.on_hand) AS on_hand,
      SUM(k.reorder_point) AS reorder_point,
      SUM(k.reorder_quantity) AS reorder_quantity,
      SUM(k.low_stock) AS low_stock
    FROM source_stock AS k
    JOIN (
      SELECT DISTINCT
        location_id,
        to_location_id
      FROM source_outlets
    ) AS o
      ON o.location_id = k.location_id
    WHERE
      k.deleted_at IS NULL
    GROUP BY
      k.variant_id,
      o.to_location_id
  ) AS s
  LEFT JOIN variants_link AS l
    ON l.from_id = s.variant_id
  LEFT JOIN target_stock AS t
    ON t.variant_id = l.to_id AND t.location_id = s.location_id
) AS judged
