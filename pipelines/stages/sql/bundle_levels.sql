-- Levels of bundles: as many as the safe levels of their parts allow (`reliability.md` §2.5.4); what a part holds back is in its own level.
-- Grain: bundle and store location; of stock_parts bundle, location and part. Inputs: {levels}: those of everything else, source_bundles,
-- source_parts, source_variants, source_outlets, stock_parts. Bound: $skus, $units: what is never shown of those SKUs.
-- A part that is not counted does not limit. Where a level cannot be told there is no opinion (NULL), and `reason` says why (I-21).
CREATE OR REPLACE TEMP TABLE bundles_here AS
SELECT b.variant_id AS item_id, o.location_id, b.trouble,
       coalesce(CAST($units AS DECIMAL(18, 4)[])[list_position(CAST($skus AS VARCHAR[]), v.sku)], 0) AS held_back
FROM source_bundles AS b
JOIN source_variants AS v ON v.variant_id = b.variant_id AND v.deleted_at IS NULL
CROSS JOIN (SELECT DISTINCT to_location_id AS location_id FROM source_outlets) AS o;
DELETE FROM stock_parts WHERE item_id IN (SELECT variant_id FROM source_variants);
INSERT INTO stock_parts
SELECT h.item_id, h.location_id, p.component_id, p.sku, p.quantity, p.counted, l.on_hand, l.till_on_hand, whole_times(l.on_hand, p.quantity)
FROM bundles_here AS h
JOIN source_parts AS p ON p.variant_id = h.item_id
LEFT JOIN {levels} AS l ON l.item_id = p.component_id AND l.location_id = h.location_id
WHERE h.trouble IS NULL;
-- What the store put back itself of a bundle whose order was cancelled or lowered it goes on showing, as far as its parts allow once the till has
-- them: units given back are in no reading of this run (I-31). Never more than the store shows.
CREATE OR REPLACE TEMP TABLE bundles_back AS
SELECT h.item_id, h.location_id, least(any_value(t.on_hand), min(whole_times(greatest(least(p.level, 99999999999999), 0), p.quantity)) - any_value(h.held_back)) AS still_shown
FROM bundles_here AS h
JOIN (
    SELECT k.item_id, k.location_id, k.quantity, floor(l.till_on_hand - l.reserved - l.unexplained - l.held_back + coalesce(g.units, 0)) AS level
    FROM stock_parts AS k
    JOIN {levels} AS l ON l.item_id = k.part_id AND l.location_id = k.location_id
    LEFT JOIN given_back AS g ON g.item_id = k.part_id
    WHERE k.counted AND k.item_id IN (SELECT p.variant_id FROM source_parts AS p SEMI JOIN given_back AS g ON g.item_id = p.component_id)
) AS p ON p.item_id = h.item_id AND p.location_id = h.location_id
JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state = 'linked') AS v ON v.from_id = h.item_id
JOIN (FROM target_stock WHERE on_hand IS NOT NULL) AS t ON t.variant_id = v.to_id AND t.location_id = h.location_id
GROUP BY h.item_id, h.location_id;
DELETE FROM {levels} WHERE item_id IN (SELECT item_id FROM bundles_here);
INSERT INTO {levels} BY NAME
SELECT h.item_id, h.location_id, p.till_on_hand,
       CASE WHEN p.counted AND NOT p.unknown
            THEN CAST(greatest(least(p.on_hand, CAST(99999999999999 AS HUGEINT)) - h.held_back, coalesce(b.still_shown, 0), 0) AS DECIMAL(18, 4)) END AS on_hand,
       CAST(0 AS DECIMAL(38, 4)) AS reserved, CAST(0 AS DECIMAL(38, 4)) AS unexplained, h.held_back, CASE WHEN p.counted AND NOT p.unknown
            THEN CAST(greatest(b.still_shown - greatest(least(p.on_hand, CAST(99999999999999 AS HUGEINT)) - h.held_back, 0), 0) AS DECIMAL(18, 4)) ELSE 0 END AS coming_back, false AS negative, false AS fractional,
       CASE WHEN h.trouble IS NOT NULL THEN h.trouble
            WHEN p.unknown THEN 'the level of what it is made of is not known: ' || p.unknown_sku
            WHEN NOT coalesce(p.counted, false) THEN 'nothing it is made of is counted at the till'
            ELSE 'as many as ' || p.limiting.sku || ' allows: ' || short(p.limiting.level) || ' are safe to show, and one bundle takes ' || short(p.limiting.quantity) END AS reason
FROM bundles_here AS h
LEFT JOIN (
    SELECT item_id, location_id, bool_or(counted) AS counted, bool_or(counted AND level IS NULL) AS unknown, min(sku) FILTER (counted AND level IS NULL) AS unknown_sku,
           min(makes) AS on_hand, CAST(least(min(whole_times(greatest(till_now, 0), quantity)) FILTER (counted), 99999999999999) AS DECIMAL(18, 4)) AS till_on_hand,
           arg_min(struct_pack(sku := sku, level := level, quantity := quantity), struct_pack(makes := makes, sku := sku)) FILTER (makes IS NOT NULL) AS limiting
    FROM stock_parts GROUP BY item_id, location_id
) AS p ON p.item_id = h.item_id AND p.location_id = h.location_id
LEFT JOIN bundles_back AS b ON b.item_id = h.item_id AND b.location_id = h.location_id;
