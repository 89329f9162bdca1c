-- Units that this run's documents put back at the till, whose level was read before: as far as the store shows them already it goes on showing
-- them (a change outside makes one write, I-31). They never raise what the store shows: that waits for the till (`reliability.md` §2.5.3).
-- Of a bundle they are its parts' (given_back, by part, also of what the store does not have). Grain: till item and store location. Inputs: inside, orders_desired, order_lines_desired, order_refunds_desired, order_standing, by_hand, out_by_hand, source_outlets, target_stock, sync.links.
-- Bound: $connection, $outlet: the register's.
CREATE OR REPLACE TEMP TABLE given_back AS
SELECT item_id, sum(units) AS units
FROM (
    SELECT n.row_id AS item_id, n.units - n.each * CASE WHEN d.becomes = 'voided' THEN 0 ELSE coalesce(l.quantity, 0) - coalesce(r.units, 0) END
           - n.each * CASE WHEN d.is_open THEN 0 ELSE coalesce(h.units, 0) END AS units
    FROM inside AS n
    JOIN (FROM orders_desired WHERE class IS NULL AND becomes IN ('closed', 'voided') AND status_known AND defects = 0
          AND (becomes = 'voided' OR (abs(rounding) <= allowed AND abs(rounding_tax) <= allowed))) AS d ON d.order_id = n.order_id
    JOIN (FROM order_standing WHERE NOT waits) AS k ON k.order_id = n.order_id
    LEFT JOIN order_lines_desired AS l ON l.order_id = n.order_id AND l.key = n.line_id
    LEFT JOIN (SELECT order_id, line_key, sum(units) AS units FROM order_refunds_desired GROUP BY order_id, line_key) AS r
        ON r.order_id = n.order_id AND r.line_key = n.line_id
    -- What staff took back at the till is in its reading; of an order whose goods have left nothing was taken off `inside` for it.
    LEFT JOIN (SELECT b.order_id, o.line_id, sum(o.units) AS units FROM out_by_hand AS o JOIN by_hand AS b USING (intent) GROUP BY ALL) AS h
        ON h.order_id = n.order_id AND h.line_id = n.line_id
)
WHERE units > 0 GROUP BY item_id;
CREATE OR REPLACE TEMP TABLE source_returning AS
SELECT b.item_id, o.to_location_id AS location_id, b.units, t.on_hand AS shown
FROM given_back AS b
JOIN (FROM source_outlets WHERE location_id = $outlet) AS o ON true
JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state = 'linked') AS v ON v.from_id = b.item_id
JOIN (FROM target_stock WHERE on_hand IS NOT NULL) AS t ON t.variant_id = v.to_id AND t.location_id = o.to_location_id;
