-- Units of a level that the store moved and no order explains (X of `reliability.md` §2.5.3).
-- Grain: till item and store location. Inputs: ordered_units, order_place, disturbed, work_set, stock_agreed, shop_drift, target_stock, source_parts,
-- source_stock, source_outlets, sync.links, sync.holds, sync.intents, sync.outcomes.
-- Bound: $connection, $known: orders are read, $judge: what was agreed stands on the same
-- settings, $orders_read: in this run, $began, $old: a drop first seen until then is held back no longer,
-- unless $asks: a person is asked ($held_class) and has not let it go. $adopts: what a person set in the store is taken to the till;
-- $visible: what was taken there until then is in the till's reading in any case. $run_id, $now.
-- Grain of adoptions: level taken to the till, by its id, whatever came of it. units: what the till's level moves by.
CREATE OR REPLACE TEMP TABLE adoptions AS
SELECT i.document ->> 'id' AS id, any_value(i.item_id) AS item_id, any_value(i.document ->> 'location_id') AS location_id, any_value(i.document ->> 'outlet') AS outlet,
       any_value(CAST(i.document ->> 'units' AS DECIMAL(18, 4))) AS units, max(i.planned_at) AS planned_at,
       CASE WHEN bool_or(e.outcome IN ('ok', 'exists')) THEN 'ok' WHEN bool_or(coalesce(e.outcome, 'unknown') = 'unknown') THEN 'unknown' ELSE 'not_sent' END AS outcome,
       max(e.recorded_at) FILTER (e.outcome IN ('ok', 'exists')) AS recorded_at,
       any_value(CAST(i.document ->> 'level' AS DECIMAL(18, 4))) AS level, any_value(CAST(i.document ->> 'version' AS BIGINT)) AS version
FROM (FROM sync.intents WHERE connection = $connection AND action = 'adopt') AS i
LEFT JOIN (SELECT intent, arg_max(outcome, n) AS outcome, max(recorded_at) AS recorded_at FROM sync.outcomes GROUP BY intent) AS e ON e.intent = i.n
GROUP BY i.document ->> 'id';
-- Only where adoptions has rows.
UPDATE shop_drift SET state = 'adopted', ended_at = $now, run_id = $run_id
WHERE state = 'open' AND adoption IN (SELECT id FROM adoptions WHERE outcome = 'ok');
CREATE OR REPLACE TEMP TABLE ordered_now AS
SELECT u.item_id, o.location_id, u.units
FROM ordered_units AS u CROSS JOIN order_place AS o;
-- What the store shows beyond what was agreed, less what it sold since: below 0 is a drop nobody explained, above 0 explains an earlier one.
-- What was agreed of the record before says nothing of one that was made again.
-- own_word: of what the till counts a level set in the store is the shop's own word, unless orders of it changed meanwhile.
CREATE OR REPLACE TEMP TABLE strays AS
SELECT a.item_id, a.location_id, a.intent, t.on_hand AS shown, t.on_hand - (a.level - (coalesce(o.units, 0) - a.ordered)) AS moved, coalesce(d.units, 0) AS pending, d.since,
       coalesce(d.by_orders, false) OR z.item_id IS NOT NULL AS by_orders,
       $adopts AND k.variant_id IS NOT NULL AND NOT coalesce(d.by_orders, false) AND z.item_id IS NULL AS own_word
FROM (FROM work_set WHERE entity = 'stock' AND $known) AS w
JOIN stock_agreed AS a ON a.item_id = w.item_id
JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state = 'linked') AS l
    ON l.from_id = a.item_id AND l.to_id = coalesce(a.to_id, l.to_id)
JOIN target_stock AS t ON t.variant_id = l.to_id AND t.location_id = a.location_id
LEFT JOIN ordered_now AS o ON o.item_id = a.item_id AND o.location_id = a.location_id
LEFT JOIN (FROM shop_drift WHERE state = 'open') AS d ON d.item_id = a.item_id AND d.location_id = a.location_id
LEFT JOIN disturbed AS z ON z.item_id = a.item_id
LEFT JOIN (
    SELECT DISTINCT variant_id FROM source_stock WHERE tracked AND deleted_at IS NULL AND variant_id NOT IN (SELECT variant_id FROM source_bundles)
) AS k ON k.variant_id = a.item_id
WHERE t.on_hand IS NOT NULL;
-- Only where strays has rows.
DELETE FROM strays WHERE pending = 0 AND (moved = 0 OR moved > 0 AND NOT own_word);
-- Levels of ours that may have landed since: then what moved is not known.
CREATE OR REPLACE TEMP TABLE own_levels (n BIGINT, item_id VARCHAR);
-- Only where strays has rows.
INSERT INTO own_levels
SELECT i.n, i.item_id
FROM strays AS s
JOIN (FROM sync.intents WHERE connection = $connection AND entity = 'stock' AND action <> 'adopt') AS i ON i.item_id = s.item_id
WHERE i.n > s.intent;
CREATE OR REPLACE TEMP TABLE sent_since (item_id VARCHAR);
-- Only where own_levels has rows.
INSERT INTO sent_since
SELECT DISTINCT i.item_id
FROM own_levels AS i
LEFT JOIN (SELECT o.intent, arg_max(o.outcome, o.n) AS outcome FROM sync.outcomes AS o SEMI JOIN own_levels AS i ON i.n = o.intent GROUP BY o.intent) AS e ON e.intent = i.n
WHERE coalesce(e.outcome, 'unknown') NOT IN ('not_sent', 'rejected');
-- adopts: it stays as it is shown until it is taken to the till; due: it is taken there now. Whoever is asked and says no lets the till's level be written.
CREATE OR REPLACE TEMP TABLE drift_now AS
SELECT n.* EXCLUDE (let_go), n.own_word AND n.units <> 0 AND h.id IS NULL AS adopts,
       n.own_word AND n.units <> 0 AND h.id IS NULL AND since <= $old AND $orders_read AS due,
       CASE WHEN units > 0 AND (since > $old OR NOT $orders_read OR ($asks AND units > coalesce(let_go, 0)) OR (n.own_word AND h.id IS NULL)) THEN units ELSE 0 END AS held
FROM (
    SELECT *, md5(concat_ws('|', $connection, item_id, location_id, epoch_us(since), units)) AS adoption
    FROM (
        SELECT item_id, location_id, units, shown, own_word, by_orders, let_go,
               CASE WHEN units > pending OR (own_word AND units <> pending) THEN $began ELSE since END AS since
        FROM (
            SELECT s.*, CASE WHEN s.own_word THEN s.pending - s.news ELSE greatest(s.pending - s.news, 0) END AS units
            FROM (
                SELECT s.*, CASE WHEN $judge AND m.item_id IS NULL THEN s.moved ELSE 0 END AS news
                FROM strays AS s
                LEFT JOIN sent_since AS m ON m.item_id = s.item_id
            ) AS s
        )
        LEFT JOIN (
            SELECT item_id, location_id, max(CAST(changes -> 'held_back' ->> 'before' AS DECIMAL(18, 4))) AS let_go
            FROM sync.holds WHERE connection = $connection AND class = $held_class AND state = 'approved' AND (expires_at IS NULL OR expires_at > $now) GROUP BY item_id, location_id
        ) USING (item_id, location_id)
    )
) AS n
LEFT JOIN (
    SELECT DISTINCT changes -> 'adoption' ->> 'after' AS id FROM sync.holds WHERE connection = $connection AND action = 'adopt' AND state = 'rejected'
) AS h ON h.id = n.adoption;
-- What was taken to the till and its reading may not show yet; of unknown outcome only where nothing else stands for it.
CREATE OR REPLACE TEMP TABLE adopted_unseen (item_id VARCHAR, location_id VARCHAR, units DECIMAL(18, 4));
-- Only where adoptions has rows.
INSERT INTO adopted_unseen
SELECT a.item_id, a.location_id, a.units
FROM adoptions AS a
LEFT JOIN source_stock AS k ON k.variant_id = a.item_id AND k.location_id = a.outlet
WHERE CASE a.outcome WHEN 'ok' THEN a.recorded_at > $visible AND NOT coalesce(k.version > a.version AND k.on_hand = a.level + a.units, false)
                     WHEN 'unknown' THEN a.id NOT IN (SELECT adoption FROM drift_now WHERE adopts) ELSE false END;
-- Of a bundle its parts are held back: a late order would take them.
CREATE OR REPLACE TEMP TABLE source_drift AS
SELECT item_id, location_id, CAST(sum(units) AS DECIMAL(18, 4)) AS units
FROM (
    SELECT coalesce(p.component_id, n.item_id) AS item_id, n.location_id, n.held * coalesce(p.quantity, 1) AS units
    FROM (FROM drift_now WHERE held > 0) AS n
    LEFT JOIN source_parts AS p ON p.variant_id = n.item_id
    UNION ALL
    SELECT item_id, location_id, -units FROM adopted_unseen WHERE units < 0
)
GROUP BY ALL;
