-- One row per variant and store location: the level the store may show; those of bundles are added to it (`bundle_levels.sql`).
-- Inputs: source_variants, source_stock, source_outlets, source_reserved, source_drift, source_returning, source_share: one row, from where to where
-- in what is free the store's share lies. What several stores show by their shares is whole, and never more than there is: the first takes what is left over.
-- No opinion (NULL) where stock is not counted or an outlet's level is unknown: unknown is never 0 (I-21).
-- :level is an outlet's part of the sum, :held_back the units never shown; reserved are units ordered online that the till's reading cannot know of yet,
-- unexplained those the store's level fell by without an order, while they may yet be explained. coming_back are units that the store shows and this
-- run's documents put back at the till, whose level was read before them.
SELECT
    levels.item_id,
    levels.location_id,
    levels.till_on_hand,
    CASE
        WHEN levels.is_known
        THEN CAST(least(greatest(levels.safe, levels.still_shown), 99999999999999) AS DECIMAL(18, 4))
    END AS on_hand,
    levels.reserved,
    levels.unexplained,
    levels.held_back,
    CASE WHEN levels.is_known THEN CAST(greatest(levels.still_shown - levels.safe, 0) AS DECIMAL(18, 4)) ELSE 0 END AS coming_back,
    levels.negative,
    levels.fractional,
    CASE
        WHEN levels.is_known AND levels.upto - levels.since < 1
        THEN 'its share of ' || CAST(levels.free AS VARCHAR) || ' that are free, ' || CAST(levels.upto - levels.since AS VARCHAR) || ' of them (`share`)'
    END AS reason
FROM (
    SELECT
        parted.*,
        greatest(floor(ceil(parted.free * parted.upto) - ceil(parted.free * parted.since) - parted.held_back), 0) AS safe,
        greatest(least(parted.shown, floor(ceil(parted.soon * parted.upto) - ceil(parted.soon * parted.since) - parted.held_back)), 0) AS still_shown
    FROM (
    SELECT
        sums.*,
        part.since,
        part.upto,
        CAST(least(greatest(floor(sums.total - sums.reserved - sums.unexplained), 0), 999999999999999) AS DECIMAL(28, 0)) AS free,
        CAST(least(greatest(floor(sums.total - sums.reserved - sums.unexplained + sums.on_the_way), 0), 999999999999999) AS DECIMAL(28, 0)) AS soon
    FROM source_share AS part
    CROSS JOIN (
        SELECT
            v.variant_id AS item_id,
            o.to_location_id AS location_id,
            coalesce(bool_or(s.tracked), FALSE) AND NOT coalesce(bool_or(s.tracked AND s.on_hand IS NULL), FALSE) AS is_known,
            sum(:level) AS total,
            sum(s.on_hand) AS till_on_hand,
            any_value(:held_back) AS held_back,
            coalesce(any_value(r.units), 0) AS reserved,
            coalesce(any_value(x.units), 0) AS unexplained,
            coalesce(any_value(b.units), 0) AS on_the_way,
            coalesce(any_value(b.shown), 0) AS shown,
            bool_or(s.on_hand < 0) AS negative,
            bool_or(s.on_hand <> floor(s.on_hand)) AS fractional
        FROM source_variants AS v
        JOIN source_stock AS s ON s.variant_id = v.variant_id
        JOIN (SELECT DISTINCT location_id, to_location_id FROM source_outlets) AS o ON o.location_id = s.location_id
        LEFT JOIN source_reserved AS r ON r.item_id = v.variant_id AND r.location_id = o.to_location_id
        LEFT JOIN source_drift AS x ON x.item_id = v.variant_id AND x.location_id = o.to_location_id
        LEFT JOIN source_returning AS b ON b.item_id = v.variant_id AND b.location_id = o.to_location_id
        WHERE v.deleted_at IS NULL AND s.deleted_at IS NULL
        GROUP BY v.variant_id, o.to_location_id
    ) AS sums
    ) AS parted
) AS levels
