SELECT
  judged.item_id,
  judged.location_id,
  judged.decided.field,
  judged.decided.to_field,
  CASE
    WHEN judged.because AND judged.level IS NULL
    THEN 'withheld'
    ELSE judged.decided.decision
  END AS decision,
  CASE WHEN judged.because THEN judged.reason ELSE judged.decided.reason END AS reason,
  judged.decided.source_value,
  judged.decided.target_value
FROM (
  SELECT
    *,
    decided.field = 'on_hand'
    AND NOT reason IS NULL
    AND decided.decision IN ('synced', 'blank_skipped') AS because
  FROM (
    SELECT
      s.variant_id AS item_id,
      s.location_id AS location_id,
      d.on_hand AS level,
      d.reason,
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
        AND NOT k.variant_id IN (
          SELECT
            variant_id
          FROM source_bundles
        )
      GROUP BY
        k.variant_id,
        o.to_location_id
      UNION ALL
      SELECT
        b.item_id,
        b.location_id,
        b.till_on_hand,
        NULL,
        NULL,
        NULL
      FROM stock_desired AS b
      JOIN source_variants AS v
        ON v.variant_id = b.item_id
      WHERE
        b.item_id IN (
          SELECT
            variant_id
          FROM source_bundles
        )
    ) AS s
    LEFT JOIN stock_desired AS d
      ON d.item_id = s.variant_id AND d.location_id = s.location_id
    LEFT JOIN variants_link AS l
      ON l.from_id = s.variant_id
    LEFT JOIN target_stock AS t
      ON t.variant_id = l.to_id AND t.location_id = s.location_id
  ) AS made
) AS judged
