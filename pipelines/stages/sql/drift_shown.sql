-- Levels that a person raised in the store and that are taken to the till: as far as the store shows them already it goes on showing them.
-- Grain: till item and store location. Inputs: source_returning, drift_now, adopted_unseen, target_stock, sync.links. Bound: $connection.
CREATE OR REPLACE TEMP TABLE source_returning AS
SELECT item_id, location_id, CAST(sum(units) AS DECIMAL(18, 4)) AS units, max(shown) AS shown
FROM (
    SELECT item_id, location_id, units, shown FROM source_returning
    UNION ALL
    SELECT item_id, location_id, -units, shown FROM drift_now WHERE adopts AND units < 0
    UNION ALL
    SELECT a.item_id, a.location_id, a.units, t.on_hand
    FROM (FROM adopted_unseen WHERE units > 0) AS a
    JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state = 'linked') AS l ON l.from_id = a.item_id
    JOIN (FROM target_stock WHERE on_hand IS NOT NULL) AS t ON t.variant_id = l.to_id AND t.location_id = a.location_id
)
GROUP BY ALL;
