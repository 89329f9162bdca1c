-- Units that another store of the till lowered its level by and no order explains: it is one shelf, so they are held back here too, as orders are.
-- Grain: till item; of a bundle its parts. Inputs, of that other connection: stock_agreed, shop_drift, target_stock, ordered_units, source_parts,
-- sync.links, sync.intents. Bound: $connection, $platform, $outlet: where its orders are sold, $began, $old, $orders_read, $stays: as for its own (`drift.sql`).
-- What was agreed of the record before says nothing of one that was made again.
SELECT $connection AS connection, $platform AS platform, 'drop' AS order_id, '-' AS number, 'fell without an order' AS status, coalesce(p.component_id, n.item_id) AS item_id,
       $outlet AS outlet, CAST(sum(n.units * coalesce(p.quantity, 1)) AS DECIMAL(18, 4)) AS units
FROM (
    SELECT item_id, pending - news AS units, CASE WHEN news < 0 THEN $began ELSE since END AS since
    FROM (
        SELECT a.item_id, greatest(coalesce(d.units, 0), 0) AS pending, d.since,
               CASE WHEN t.seq > a.seq AND a.item_id NOT IN (
                        SELECT i.item_id FROM sync.intents AS i WHERE i.connection = $connection AND i.entity = 'stock' AND i.action = 'set' AND i.n > a.intent
                    ) THEN t.on_hand - (a.level - (coalesce(o.units, 0) - a.ordered)) ELSE 0 END AS news
        FROM stock_agreed AS a
        JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state = 'linked') AS l
            ON l.from_id = a.item_id AND l.to_id = coalesce(a.to_id, l.to_id)
        JOIN (FROM target_stock WHERE on_hand IS NOT NULL) AS t ON t.variant_id = l.to_id AND t.location_id = a.location_id
        LEFT JOIN ordered_units AS o ON o.item_id = a.item_id
        LEFT JOIN (FROM shop_drift WHERE state = 'open') AS d ON d.item_id = a.item_id AND d.location_id = a.location_id
        WHERE t.seq > a.seq OR d.units > 0
    )
    WHERE pending - news > 0
) AS n
LEFT JOIN source_parts AS p ON p.variant_id = n.item_id
WHERE n.since > $old OR NOT $orders_read OR $stays
GROUP BY ALL
