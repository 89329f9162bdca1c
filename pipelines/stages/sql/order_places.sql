-- Units held back by store location: that of the outlet where the store's orders are sold, else the first one there is.
-- Grain: till item. Inputs: reserved, source_outlets. Bound: $outlet.
CREATE OR REPLACE TEMP TABLE source_reserved AS
SELECT r.item_id, o.to_location_id AS location_id, r.units
FROM reserved AS r
CROSS JOIN (
    SELECT coalesce(min(to_location_id) FILTER (location_id = $outlet), min(to_location_id)) AS to_location_id FROM source_outlets
) AS o
WHERE r.units > 0;
