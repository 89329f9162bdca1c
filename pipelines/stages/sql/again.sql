-- Planned rows that would send again what was sent before: creations of unknown outcome wait (I-18), values the store keeps
-- as its own are let be (a fix-point), and values that are changed back again and again are marked (`reliability.md` §2.7).
-- Grain of said_again: plan row and field. Inputs: plan, sync.unknown, sync.sent. Bound: $connection, $began.
CREATE OR REPLACE TEMP TABLE plan_fields (
    seq INTEGER, level VARCHAR, item_id VARCHAR, sku VARCHAR, name VARCHAR, field VARCHAR, value JSON, found UBIGINT, sent UBIGINT
);
-- Only where plan has rows.
INSERT INTO plan_fields
SELECT p.seq, p.level, p.item_id, p.sku, p.name, k.key AS field, k.value, hash(CAST(k.value -> 'before' AS VARCHAR)) AS found, hash(CAST(k.value -> 'after' AS VARCHAR)) AS sent
FROM (FROM plan WHERE action IN ('update', 'publish', 'hide') AND level IN ('product', 'variant')) AS p, json_each(p.changes) AS k;
CREATE OR REPLACE TEMP TABLE said_again (
    seq INTEGER, level VARCHAR, item_id VARCHAR, sku VARCHAR, name VARCHAR, field VARCHAR, fixed BOOLEAN, looping BOOLEAN
);
-- Only where plan_fields has rows.
INSERT INTO said_again
SELECT p.seq, p.level, p.item_id, p.sku, p.name, p.field, s.found = p.found AND s.times >= 2 AS fixed,
       s.found <> p.found AND s.lately >= 3 AND s.first_at > $began - INTERVAL 1 HOUR AS looping
FROM plan_fields AS p
JOIN (FROM sync.sent WHERE connection = $connection) AS s USING (level, item_id, field, sent);
CREATE OR REPLACE TABLE fix_points AS
SELECT level, item_id, sku, name, field FROM said_again WHERE fixed ORDER BY seq, field;
CREATE OR REPLACE TEMP TABLE shortened (seq INTEGER, changes JSON, nothing_left BOOLEAN);
-- Only where said_again has rows.
INSERT INTO shortened
SELECT seq, CAST('{' || string_agg(to_json(field) || ':' || value, ',' ORDER BY field) FILTER (NOT coalesce(fixed, false)) || '}' AS JSON) AS changes, bool_and(coalesce(fixed, false)) AS nothing_left
FROM plan_fields LEFT JOIN said_again USING (seq, field)
GROUP BY seq HAVING bool_or(fixed);
-- Only where shortened has rows.
DELETE FROM plan WHERE seq IN (SELECT seq FROM shortened WHERE nothing_left);
-- Only where shortened has rows.
UPDATE plan SET changes = s.changes FROM shortened AS s WHERE s.seq = plan.seq;
CREATE OR REPLACE TEMP TABLE awaited (seq INTEGER, item_id VARCHAR, level VARCHAR, is_base BOOLEAN, parent_item_id VARCHAR, reason VARCHAR);
-- Only where plan has rows.
INSERT INTO awaited
SELECT p.seq, p.item_id, p.level, p.is_base, p.parent_item_id,
       'whether it was created at ' || strftime(max(u.planned_at), '%H:%M') || ' UTC is not known yet; a later run looks again' AS reason
FROM plan AS p
JOIN sync.unknown AS u ON u.connection = $connection AND u.action = 'create' AND u.level = p.level AND u.item_id = p.item_id
WHERE p.action = 'create' AND p.entity <> 'orders'
GROUP BY ALL;
-- Only where awaited has rows.
UPDATE plan SET state = 'waiting', class = 'unknown_creation', reason = a.reason
FROM awaited AS a
WHERE a.seq = plan.seq
   OR (a.level = 'product' AND coalesce(plan.parent_item_id, plan.item_id) = a.item_id
       AND (starts_with(plan.parent_target_id, 'created:') OR starts_with(plan.target_id, 'created:')))
   OR (a.level = 'variant' AND starts_with(plan.target_id, 'created:')
       AND (plan.item_id = a.item_id OR a.is_base AND plan.parent_item_id = a.parent_item_id));
