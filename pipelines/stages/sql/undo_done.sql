-- After a run was taken back: what landed, what failed, what waits from now on. Nothing of it counts as agreed.
-- Inputs: plan, receipts, undo_marks, work_set, source_variants. Bound: $connection, $run_id, $now.
CREATE OR REPLACE TEMP TABLE landed AS
SELECT p.*, r.outcome IN ('ok', 'exists') AS ok
FROM plan AS p
LEFT JOIN (FROM receipts WHERE run_id = $run_id) AS r ON r.plan_seq = p.seq;
UPDATE landed SET ok = parent.ok
FROM (SELECT item_id, ok FROM landed WHERE level = 'product' AND action = 'create') AS parent
WHERE landed.ok IS NULL AND landed.level IN ('variant', 'images') AND landed.parent_item_id = parent.item_id AND starts_with(coalesce(landed.parent_target_id, ''), 'created:');
UPDATE sync.holds SET state = 'applied' FROM landed AS p
WHERE sync.holds.connection = $connection AND sync.holds.state = 'approved' AND p.ok AND p.hold_id = sync.holds.hold_id;
CREATE OR REPLACE TEMP TABLE due_again AS
SELECT entity, item_id, item_id AS record FROM work_set
UNION
SELECT w.entity, w.item_id, v.variant_id FROM work_set AS w JOIN source_variants AS v ON w.entity = 'products' AND v.product_id = w.item_id;
DELETE FROM sync.agreed USING due_again AS d
WHERE sync.agreed.connection = $connection AND sync.agreed.item_id = d.record AND (sync.agreed.entity = 'stock') = (d.entity = 'stock');
INSERT INTO sync.retries BY NAME
SELECT $connection AS connection, entity, coalesce(CASE WHEN level IN ('variant', 'images') THEN parent_item_id END, item_id) AS item_id, 'it was not taken back' AS reason,
       1 AS attempts, $run_id AS run_id, $now AS recorded_at
FROM landed AS p
WHERE state = 'planned' AND ok IS DISTINCT FROM true
  AND NOT EXISTS (FROM sync.retries AS k WHERE k.connection = $connection AND k.entity = p.entity
                  AND k.item_id = coalesce(CASE WHEN p.level IN ('variant', 'images') THEN p.parent_item_id END, p.item_id))
GROUP BY ALL;
-- What was put back into lists we share was ours before, and is so again.
CREATE OR REPLACE TEMP TABLE ours_again AS
SELECT p.item_id, k.key AS field, CASE k.key
           WHEN 'custom_fields' THEN list_transform(from_json(k.value -> 'after', '[{"name":"VARCHAR"}]'), lambda one: one.name)
           ELSE from_json(k.value -> 'after', '["VARCHAR"]') END AS put,
       CASE k.key WHEN 'custom_fields' THEN list_transform(from_json(k.value -> 'before', '[{"name":"VARCHAR"}]'), lambda one: one.name)
           ELSE from_json(k.value -> 'before', '["VARCHAR"]') END AS there
FROM (FROM landed WHERE ok AND level = 'product' AND action = 'update') AS p, json_each(p.changes) AS k
WHERE k.key IN ('search_keywords', 'custom_fields', 'category_paths');
CREATE OR REPLACE TEMP TABLE ours_now AS
SELECT o.item_id, o.field, list_sort(list_distinct(list_concat(coalesce(from_json(w.value, '["VARCHAR"]'), []),
           list_filter(coalesce(o.put, []), lambda one: NOT list_contains(coalesce(o.there, []), one))))) AS names
FROM ours_again AS o
LEFT JOIN (FROM sync.written WHERE connection = $connection) AS w ON w.item_id = o.item_id AND w.field = o.field;
DELETE FROM sync.written USING ours_now AS o
WHERE sync.written.connection = $connection AND sync.written.item_id = o.item_id AND sync.written.field = o.field;
INSERT INTO sync.written SELECT $connection, item_id, field, to_json(names), $run_id FROM ours_now;
CREATE OR REPLACE TEMP TABLE pictures AS
SELECT k.key AS item_id, k.value AS url
FROM (FROM receipts WHERE run_id = $run_id AND json_exists(created, '$.variant_images')) AS r, json_each(r.created, '$.variant_images') AS k;
DELETE FROM sync.written USING pictures AS p
WHERE sync.written.connection = $connection AND sync.written.field = 'image' AND sync.written.item_id = p.item_id;
INSERT INTO sync.written SELECT $connection, item_id, 'image', url, $run_id FROM pictures;
-- What waits from now on, with its values: what stands now, and what the till still wants.
UPDATE sync.holds SET name = m.name, sku = m.sku, changes = m.again, reason = 'a person took it back; the till still wants it',
       shown = sync.shown_hash(sync.holds.level, sync.holds.action, sync.holds.item_id, sync.holds.location_id, sync.holds.target_id, m.again)
FROM undo_marks AS m
WHERE sync.holds.connection = $connection AND sync.holds.hold_id = m.hold_id AND sync.holds.state = 'open';
-- What was sent before it was taken back says nothing of what the store keeps as its own (§2.7).
DELETE FROM sync.sent USING due_again AS d
WHERE sync.sent.connection = $connection AND sync.sent.item_id = d.record;
