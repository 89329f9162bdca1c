-- What another store of the till has sold that no reading of the till contains for certain. Grain: order and till item.
-- Inputs: in_flight, target_orders. Bound: $connection, $platform, $outlet: where its orders are sold.
SELECT $connection AS connection, $platform AS platform, f.order_id, o.number, coalesce(o.status_label, o.status) AS status, f.item_id, $outlet AS outlet,
       CAST(f.units AS DECIMAL(18, 4)) AS units
FROM in_flight AS f
JOIN target_orders AS o ON o.order_id = f.order_id
