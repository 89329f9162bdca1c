-- Limits hold for taking back, too. A plan says what they would hold; asked for with --yes, it is approved and recorded.
-- Decisions on other changes stay as they are. Inputs: plan, plan_classes, held_classes. Bound: $connection, $run_id, $now, $write.
CREATE OR REPLACE TEMP TABLE raised AS
SELECT c.seq, list_sort(list(DISTINCT c.class)) AS classes, string_agg(DISTINCT k.reason, '; ') AS reason
FROM plan_classes AS c JOIN held_classes AS k ON k.class = c.class
GROUP BY c.seq;
UPDATE plan SET state = 'held', class = r.classes[1], reason = r.reason
FROM raised AS r WHERE plan.seq = r.seq AND plan.state = 'planned' AND NOT $write;
INSERT INTO sync.holds BY NAME
SELECT substr(md5(concat_ws('|', $connection, p.seq, $run_id)), 1, 10) AS hold_id, $connection AS connection, r.classes[1] AS class, r.classes, p.entity, p.level, p.action, p.item_id,
       p.location_id, p.target_id, p.sku, p.name, r.reason, p.changes,
       sync.shown_hash(p.level, p.action, p.item_id, p.location_id, p.target_id, p.changes) AS shown, [] AS wanted, $now AS created_at, $run_id AS run_id, 'open' AS state
FROM plan AS p JOIN raised AS r USING (seq) WHERE p.state = 'planned' AND $write;
CREATE OR REPLACE TEMP TABLE met AS
SELECT p.seq, p.state AS row_state, h.hold_id, h.state
FROM plan AS p
JOIN (FROM sync.holds WHERE connection = $connection AND run_id = $run_id AND state = 'open') AS h
    ON h.item_id = p.item_id AND h.level = p.level AND coalesce(h.location_id, '') = coalesce(p.location_id, '') AND h.action = p.action
WHERE p.state = 'planned';
