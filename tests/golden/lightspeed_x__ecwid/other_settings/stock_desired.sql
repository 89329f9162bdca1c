SELECT
  levels.item_id,
  levels.location_id,
  levels.till_on_hand,
  CASE
    WHEN levels.is_known
    THEN CAST(LEAST(GREATEST(levels.safe, levels.still_shown), 99999999999999) AS DECIMAL(18, 4))
  END AS on_hand,
  levels.reserved,
  levels.unexplained,
  levels.held_back,
  CASE
    WHEN levels.is_known
    THEN CAST(GREATEST(levels.still_shown - levels.safe, 0) AS DECIMAL(18, 4))
    ELSE 0
  END AS coming_back,
  levels.negative,
  levels.fractional,
  CASE
    WHEN levels.is_known AND levels.upto - levels.since < 1
    THEN 'its share of ' || CAST(levels.free AS TEXT) || ' that are free, ' || CAST(levels.upto - levels.since AS TEXT) || ' of them (`share`)'
  END AS reason
FROM (
  SELECT
    parted.*,
    GREATEST(
      FLOOR(
        CEIL(parted.free * parted.upto) - CEIL(parted.free * parted.since) - parted.held_back
      ),
      0
    ) AS safe,
    GREATEST(
      LEAST(
        parted.shown,
        FLOOR(
          CEIL(parted.soon * parted.upto) - CEIL(parted.soon * parted.since) - parted.held_back
        )
      ),
      0
    ) AS still_shown
  FROM (
    SELECT
      sums.*,
      part.since,
      part.upto,
      CAST(LEAST(GREATEST(FLOOR(sums.total - sums.reserved - sums.unexplained), 0), 999999999999999) AS DECIMAL(28, 0)) AS free,
      CAST(LEAST(
        GREATEST(FLOOR(sums.total - sums.reserved - sums.unexplained + sums.on_the_way), 0),
        999999999999999
      ) AS DECIMAL(28, 0)) AS soon
    FROM source_share AS part
    CROSS JOIN (
      SELECT
        v.variant_id AS item_id,
        o.to_location_id AS location_id,
        COALESCE(BOOL_OR(CAST(s.tracked AS BOOLEAN)), FALSE)
        AND NOT COALESCE(BOOL_OR(CAST(s.tracked AND s.on_hand IS NULL AS BOOLEAN)), FALSE) AS is_known,
        SUM(CASE WHEN s.on_hand < 0 THEN 0 ELSE s.on_hand END) AS total,
        SUM(s.on_hand) AS till_on_hand,
        ANY_VALUE(
          CASE v.sku
            WHEN 'MUG''1'
            THEN CAST(1 AS DECIMAL(18, 4))
            WHEN 'SH-S'
            THEN CAST(2 AS DECIMAL(18, 4))
            ELSE CAST(0 AS DECIMAL(18, 4))
          END
        ) AS held_back,
        COALESCE(ANY_VALUE(r.units), 0) AS reserved,
        COALESCE(ANY_VALUE(x.units), 0) AS unexplained,
        COALESCE(ANY_VALUE(b.units), 0) AS on_the_way,
        COALESCE(ANY_VALUE(b.shown), 0) AS shown,
        BOOL_OR(CAST(s.on_hand < 0 AS BOOLEAN)) AS negative,
        BOOL_OR(CAST(s.on_hand <> FLOOR(s.on_hand) AS BOOLEAN)) AS fractional
      FROM source_variants AS v
      JOIN source_stock AS s
        ON s.variant_id = v.variant_id
      JOIN (
        SELECT DISTINCT
          location_id,
          to_location_id
        FROM source_outlets
      ) AS o
        ON o.location_id = s.location_id
      LEFT JOIN source_reserved AS r
        ON r.item_id = v.variant_id AND r.location_id = o.to_location_id
      LEFT JOIN source_drift AS x
        ON x.item_id = v.variant_id AND x.location_id = o.to_location_id
      LEFT JOIN source_returning AS b
        ON b.item_id = v.variant_id AND b.location_id = o.to_location_id
      WHERE
        v.deleted_at IS NULL AND s.deleted_at IS NULL
      GROUP BY
        v.variant_id,
        o.to_location_id
    ) AS sums
  ) AS parted
) AS levels
