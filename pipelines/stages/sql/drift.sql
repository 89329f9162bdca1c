-- Units of a level that the store lowered and no order explains (X of `reliability.md` §2.5.3).
-- Grain: till item and store location. Inputs: ordered_units, order_place, work_set, stock_agreed, shop_drift, target_stock, source_parts, sync.links, sync.intents, sync.outcomes.
-- Bound: $connection, $known: orders are read, $judge: what was agreed stands on the same
-- settings, $orders_read: in this run, $began, $old: a drop first seen until then is held back no longer,
-- unless $asks: a person is asked ($held_class) and has not let it go.
CREATE OR REPLACE TEMP TABLE ordered_now AS
SELECT u.item_id, o.location_id, u.units
FROM ordered_units AS u CROSS JOIN order_place AS o;
-- What the store shows beyond what was agreed, less what it sold since: below 0 is a drop nobody explained, above 0 explains an earlier one.
CREATE OR REPLACE TEMP TABLE strays AS
SELECT a.item_id, a.location_id, a.intent, t.on_hand - (a.level - (coalesce(o.units, 0) - a.ordered)) AS moved, coalesce(d.units, 0) AS pending, d.since
FROM (FROM work_set WHERE entity = 'stock' AND $known) AS w
JOIN stock_agreed AS a ON a.item_id = w.item_id
JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state = 'linked') AS l ON l.from_id = a.item_id
JOIN target_stock AS t ON t.variant_id = l.to_id AND t.location_id = a.location_id
LEFT JOIN ordered_now AS o ON o.item_id = a.item_id AND o.location_id = a.location_id
LEFT JOIN (FROM shop_drift WHERE state = 'open') AS d ON d.item_id = a.item_id AND d.location_id = a.location_id
WHERE t.on_hand IS NOT NULL;
DELETE FROM strays WHERE pending = 0 AND moved >= 0;
-- Levels of ours that may have landed since: then what moved is not known.
CREATE OR REPLACE TEMP TABLE own_levels AS
SELECT i.n, i.item_id
FROM strays AS s
JOIN (FROM sync.intents WHERE connection = $connection AND entity = 'stock') AS i ON i.item_id = s.item_id
WHERE i.n > s.intent;
CREATE OR REPLACE TEMP TABLE sent_since AS
SELECT DISTINCT i.item_id
FROM own_levels AS i
LEFT JOIN (SELECT o.intent, arg_max(o.outcome, o.n) AS outcome FROM sync.outcomes AS o SEMI JOIN own_levels AS i ON i.n = o.intent GROUP BY o.intent) AS e ON e.intent = i.n
WHERE coalesce(e.outcome, 'unknown') NOT IN ('not_sent', 'rejected');
CREATE OR REPLACE TEMP TABLE drift_now AS
SELECT n.* EXCLUDE (let_go), CASE WHEN units > 0 AND (since > $old OR NOT $orders_read OR ($asks AND units > coalesce(let_go, 0))) THEN units ELSE 0 END AS held
FROM (
    SELECT item_id, location_id, units, let_go, CASE WHEN units > pending THEN $began ELSE since END AS since
    FROM (
        SELECT s.*, greatest(s.pending - CASE WHEN $judge AND m.item_id IS NULL THEN s.moved ELSE 0 END, 0) AS units
        FROM strays AS s
        LEFT JOIN sent_since AS m ON m.item_id = s.item_id
    )
    LEFT JOIN (
        SELECT item_id, location_id, max(CAST(changes -> 'held_back' ->> 'before' AS DECIMAL(18, 4))) AS let_go
        FROM sync.holds WHERE connection = $connection AND class = $held_class AND state = 'approved' GROUP BY item_id, location_id
    ) USING (item_id, location_id)
) AS n;
-- Of a bundle its parts are held back: a late order would take them.
CREATE OR REPLACE TEMP TABLE source_drift AS
SELECT coalesce(p.component_id, n.item_id) AS item_id, n.location_id, CAST(sum(n.held * coalesce(p.quantity, 1)) AS DECIMAL(18, 4)) AS units
FROM (FROM drift_now WHERE held > 0) AS n
LEFT JOIN source_parts AS p ON p.variant_id = n.item_id
GROUP BY ALL;
