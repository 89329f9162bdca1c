-- Units held back by store location. Grain: till item; of stock_in_flight, what a person reads of it, order and till item.
-- Inputs: reserved_here, in_flight, sold_elsewhere, source_outlets, target_orders. Bound: $outlet, $connection.
-- Of what another store has sold only units of an outlet that this one shows are taken from what it shows; those of no
-- known outlet, because that store has no register (any more), may be of any.
-- order_place: that of the outlet where the store's orders are sold, else the first one there is. One row.
CREATE OR REPLACE TEMP TABLE order_place AS
SELECT coalesce(min(to_location_id) FILTER (location_id = $outlet), min(to_location_id)) AS location_id FROM source_outlets;
CREATE OR REPLACE TEMP TABLE source_reserved AS
SELECT item_id, location_id, sum(units) AS units
FROM (
    SELECT r.item_id, o.location_id, r.units FROM reserved_here AS r CROSS JOIN order_place AS o
    UNION ALL
    SELECT e.item_id, s.to_location_id, e.units FROM sold_elsewhere AS e JOIN source_outlets AS s ON s.location_id = e.outlet
    UNION ALL
    SELECT e.item_id, o.location_id, e.units FROM sold_elsewhere AS e CROSS JOIN order_place AS o WHERE e.outlet IS NULL
)
WHERE units > 0
GROUP BY item_id, location_id;
CREATE OR REPLACE TABLE stock_in_flight AS
SELECT $connection AS connection, f.order_id, o.number, coalesce(o.status_label, o.status) AS status, f.item_id, f.units
FROM in_flight AS f
JOIN target_orders AS o ON o.order_id = f.order_id
UNION ALL
SELECT connection, order_id, number, platform || ': ' || status, item_id, units FROM sold_elsewhere
WHERE outlet IS NULL OR outlet IN (SELECT location_id FROM source_outlets);
