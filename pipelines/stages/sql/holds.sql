-- Rows of a held class, and first overwrites, wait for a person; approved ones go when they are still the same change.
-- Grain of sync.holds: plan row. Inputs: plan, plan_classes, held_classes, first_overwrites. Bound: $connection, $run_id, $now, $yes.
CREATE OR REPLACE TEMP TABLE to_hold AS
SELECT p.seq, p.entity, p.level, p.item_id, p.sku, p.name, p.location_id, p.changes, hash(p.level, p.action, p.location_id, CAST(p.changes AS VARCHAR)) AS changes_hash,
       min(h.class) AS class, string_agg(DISTINCT h.reason, '; ') AS reason
FROM plan AS p
JOIN (
    SELECT c.seq, c.class, k.reason FROM plan_classes AS c JOIN held_classes AS k ON k.class = c.class
    UNION ALL
    SELECT seq, 'first_overwrite', 'the store has this record already; the first sync would overwrite it' FROM first_overwrites
    UNION ALL
    SELECT DISTINCT seq, 'loop', 'it was sent three times within an hour and changed back each time' FROM said_again WHERE looping
    UNION ALL
    SELECT seq, 'reappeared', 'it was deleted in the store because the till had deleted it, and is at the till again' FROM reappeared
) AS h ON h.seq = p.seq
WHERE p.state = 'planned'
GROUP BY ALL;
UPDATE sync.holds SET state = 'superseded', decided_at = $now
WHERE connection = $connection AND state IN ('open', 'approved')
  AND EXISTS (FROM considered AS w WHERE w.entity = sync.holds.entity AND w.item_id = sync.holds.item_id)
  AND NOT EXISTS (FROM to_hold AS t WHERE t.item_id = sync.holds.item_id AND t.level = sync.holds.level AND t.changes_hash = sync.holds.changes_hash);
INSERT INTO sync.holds
SELECT substr(md5($connection || t.level || t.item_id || CAST(t.changes_hash AS VARCHAR) || $run_id), 1, 10), $connection, t.class, t.entity, t.level,
       t.item_id, coalesce(t.sku, (SELECT min(v.sku) FROM source_variants AS v WHERE v.product_id = t.item_id)), t.name, t.reason, t.changes,
       t.changes_hash, $now, $run_id, CASE WHEN $yes THEN 'approved' ELSE 'open' END, CASE WHEN $yes THEN $now END,
       CASE WHEN $yes THEN 'approved by --yes' END
FROM to_hold AS t
ANTI JOIN (FROM sync.holds WHERE connection = $connection AND state IN ('open', 'approved', 'rejected')) AS known
    ON known.item_id = t.item_id AND known.level = t.level AND known.changes_hash = t.changes_hash;
UPDATE sync.holds SET state = 'approved', decided_at = $now, note = 'approved by --yes'
WHERE connection = $connection AND state = 'open' AND $yes;
UPDATE plan SET state = CASE WHEN h.state = 'rejected' THEN 'dropped' ELSE 'held' END, class = h.class,
       reason = CASE WHEN h.state = 'rejected' THEN 'rejected: ' || coalesce(h.note, h.reason) ELSE h.reason END
FROM to_hold AS t
JOIN (FROM sync.holds WHERE connection = $connection AND state IN ('open', 'rejected')) AS h
    ON h.item_id = t.item_id AND h.level = t.level AND h.changes_hash = t.changes_hash
WHERE plan.seq = t.seq;
-- A stock level or image of a product that is not created yet waits with it.
UPDATE plan SET state = 'held', class = parent.class, reason = parent.reason
FROM (SELECT item_id, class, reason FROM plan WHERE level = 'product' AND action = 'create' AND state = 'held') AS parent
WHERE plan.state = 'planned' AND coalesce(plan.parent_item_id, plan.item_id) = parent.item_id
  AND (starts_with(plan.parent_target_id, 'created:') OR starts_with(plan.target_id, 'created:'));
-- New variants of a product without options wait with the SKU that is to be its first variant, and so do their levels.
UPDATE plan SET state = 'held', class = first.class, reason = first.reason
FROM (SELECT parent_item_id, class, reason FROM plan WHERE level = 'variant' AND action = 'create' AND is_base AND state IN ('held', 'dropped')) AS first
WHERE plan.state = 'planned' AND plan.parent_item_id = first.parent_item_id AND plan.level IN ('variant', 'stock')
  AND starts_with(plan.target_id, 'created:');
