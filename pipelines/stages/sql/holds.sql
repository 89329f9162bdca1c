-- What waits for a person: rows of a held class, first overwrites, and what a person has an open or refused decision on.
-- Grain of sync.holds: plan row. Inputs: plan, plan_classes, held_classes, first_overwrites, said_again, reappeared, considered, sync.holds, sync.decisions. Bound: $connection, $run_id, $now, $until,
-- $entities. Afterwards: met (plan row and hold that meet), to_raise (plan rows that need a new hold).
--
-- A hold is approved with its values before and after. What is wanted when the approval is used is computed anew, and goes
-- only where it lies within what was shown, for the same record, place and kind of change, in no other held class:
--   price                both values lie between those shown, and it moves the same way; the other fields are the same
--   level that falls     not below the one shown, from not above the one shown (first_overwrite: not above the one shown)
--   level that rises     not above the one shown
--   new product          under the name shown
--   level for the till   by as many units, of the same correction
--   anything else        exactly what was shown
-- An open hold stays while what it showed is wanted; where less of it is wanted and still too much, it shows that. A refused change stays refused while the same
-- values are wanted. What was taken back (undone) waits while any of its values is wanted. An approval holds for 72 hours
-- and only with its entry in the journal, for exactly what was shown then.
CREATE OR REPLACE TEMP TABLE raised (seq INTEGER, class VARCHAR, reason VARCHAR);
-- Only where plan has rows.
INSERT INTO raised
SELECT c.seq, c.class, k.reason FROM plan_classes AS c JOIN held_classes AS k ON k.class = c.class
UNION ALL
SELECT seq, 'first_overwrite', 'the store has this record already; the first sync would overwrite it' FROM first_overwrites
UNION ALL
SELECT DISTINCT seq, 'loop', 'it was sent three times within an hour and changed back each time' FROM said_again WHERE looping
UNION ALL
SELECT seq, 'reappeared', 'it was deleted in the store because the till had deleted it, and is at the till again' FROM reappeared;
CREATE OR REPLACE TEMP TABLE asked (
    seq INTEGER, entity VARCHAR, level VARCHAR, action VARCHAR, item_id VARCHAR, sku VARCHAR, name VARCHAR, location_id VARCHAR, target_id VARCHAR,
    changes JSON, state VARCHAR, shown VARCHAR, wanted VARCHAR[], classes VARCHAR[], reason VARCHAR
);
-- Only where plan has rows.
INSERT INTO asked
WITH rows AS (
    SELECT p.*
    FROM plan AS p
    WHERE p.seq IN (SELECT seq FROM raised)
       OR p.item_id IN (SELECT item_id FROM sync.holds WHERE connection = $connection AND state IN ('open', 'approved', 'rejected'))
)
SELECT p.seq, p.entity, p.level, p.action, p.item_id, p.sku, p.name, p.location_id, p.target_id, p.changes, p.state,
       sync.shown_hash(p.level, p.action, p.item_id, p.location_id, p.target_id, p.changes) AS shown,
       f.wanted, coalesce(r.classes, []) AS classes, r.reason
FROM rows AS p
JOIN (SELECT seq, list_sort(list(k.key || ' ' || md5(CAST(k.value -> 'after' AS VARCHAR)))) AS wanted FROM rows, json_each(changes) AS k GROUP BY seq) AS f
    ON f.seq = p.seq
LEFT JOIN (SELECT seq, list_sort(list(DISTINCT class)) AS classes, string_agg(DISTINCT reason, '; ') AS reason FROM raised GROUP BY seq) AS r ON r.seq = p.seq;

-- Nobody decided in time, or the approval was not used in time.
CREATE OR REPLACE TEMP TABLE ran_out AS
SELECT hold_id FROM sync.holds WHERE connection = $connection AND state IN ('open', 'approved') AND expires_at <= $now AND level <> 'read';
-- Only where ran_out has rows.
UPDATE sync.holds SET state = 'expired', decided_at = $now, note = CASE WHEN state = 'open' THEN 'nobody decided in time' ELSE 'its approval was not used in time' END
WHERE connection = $connection AND hold_id IN (SELECT hold_id FROM ran_out);

CREATE OR REPLACE TEMP TABLE known AS
SELECT *, false AS proven, NULL::DECIMAL(18, 4) AS price_before, NULL::DECIMAL(18, 4) AS price_after, NULL::DECIMAL(18, 4) AS level_before, NULL::DECIMAL(18, 4) AS level_after
FROM sync.holds LIMIT 0;
-- Only where sync.holds has rows.
CREATE OR REPLACE TEMP TABLE known AS
SELECT h.*, h.shown = d.shown AND (h.changes IS NULL OR h.shown = sync.shown_hash(h.level, h.action, h.item_id, h.location_id, h.target_id, h.changes)) AS proven,
       CAST(h.changes -> 'price' ->> 'before' AS DECIMAL(18, 4)) AS price_before, CAST(h.changes -> 'price' ->> 'after' AS DECIMAL(18, 4)) AS price_after,
       CAST(h.changes -> 'on_hand' ->> 'before' AS DECIMAL(18, 4)) AS level_before, CAST(h.changes -> 'on_hand' ->> 'after' AS DECIMAL(18, 4)) AS level_after
FROM sync.holds AS h
LEFT JOIN (SELECT hold_id, arg_max(shown, n) AS shown FROM sync.decisions WHERE connection = $connection AND what IN ('holds approve', 'sync --yes') GROUP BY hold_id) AS d
    ON d.hold_id = h.hold_id
WHERE h.connection = $connection AND h.level <> 'read'
  AND (h.state IN ('open', 'approved', 'rejected') OR h.hold_id IN (SELECT hold_id FROM ran_out));
CREATE OR REPLACE TEMP MACRO adoption_of(wanted) AS list_filter(wanted, lambda one: starts_with(one, 'adoption '));
CREATE OR REPLACE TEMP TABLE compared (
    seq INTEGER, row_state VARCHAR, hold_id VARCHAR, state VARCHAR, class VARCHAR, note VARCHAR, reason VARCHAR, proven BOOLEAN, moved BOOLEAN,
    covered BOOLEAN, raised BOOLEAN, same_wanted BOOLEAN, some_wanted BOOLEAN, within BOOLEAN
);
-- Only where known has rows.
INSERT INTO compared
SELECT t.seq, t.state AS row_state, h.hold_id, h.state, h.class, h.note, h.reason, coalesce(h.proven, false) AS proven, h.shown IS DISTINCT FROM t.shown AS moved,
       list_has_all(coalesce(h.classes, [h.class]), t.classes) AS covered, len(t.classes) > 0 AS raised,
       CASE WHEN t.action = 'adopt' THEN list_has_all(h.wanted, adoption_of(t.wanted)) ELSE t.wanted = h.wanted END AS same_wanted, list_has_any(h.wanted, t.wanted) AS some_wanted,
       t.action IS NOT DISTINCT FROM h.action AND t.target_id IS NOT DISTINCT FROM h.target_id AND coalesce(CASE
           WHEN h.shown = t.shown THEN true
           WHEN t.action = 'adopt' THEN list_has_all(h.wanted, adoption_of(t.wanted))
           WHEN t.level = 'stock' AND h.class = 'first_overwrite' THEN t.level_after <= h.level_after
           WHEN t.level = 'stock' AND t.level_after < t.level_before
               THEN h.level_after < h.level_before AND t.level_after >= h.level_after AND t.level_before <= h.level_before
           WHEN t.level = 'stock' THEN h.level_after > h.level_before AND t.level_after <= h.level_after
           WHEN t.level = 'product' AND t.action = 'create' THEN list_has_any(list_filter(h.wanted, lambda one: starts_with(one, 'name ')), t.wanted)
           WHEN t.price_after IS NOT NULL
               THEN list_has_all(h.wanted, list_filter(t.wanted, lambda one: NOT starts_with(one, 'price ')))
                AND sign(t.price_after - t.price_before) = sign(h.price_after - h.price_before)
                AND least(t.price_before, t.price_after) >= least(h.price_before, h.price_after)
                AND greatest(t.price_before, t.price_after) <= greatest(h.price_before, h.price_after)
           END, false) AS within
FROM (
    SELECT *, CAST(changes -> 'price' ->> 'before' AS DECIMAL(18, 4)) AS price_before, CAST(changes -> 'price' ->> 'after' AS DECIMAL(18, 4)) AS price_after,
           CAST(changes -> 'on_hand' ->> 'before' AS DECIMAL(18, 4)) AS level_before, CAST(changes -> 'on_hand' ->> 'after' AS DECIMAL(18, 4)) AS level_after
    FROM asked
) AS t
JOIN known AS h ON h.item_id = t.item_id AND h.level = t.level AND coalesce(h.location_id, '') = coalesce(t.location_id, '');
CREATE OR REPLACE TEMP TABLE met (
    seq INTEGER, row_state VARCHAR, hold_id VARCHAR, state VARCHAR, class VARCHAR, note VARCHAR, reason VARCHAR, moved BOOLEAN
);
-- Only where compared has rows.
INSERT INTO met
SELECT seq, row_state, hold_id, state, class, note, reason, moved
FROM compared
WHERE CASE state WHEN 'rejected' THEN same_wanted
                 WHEN 'approved' THEN within AND covered AND proven
                 ELSE CASE WHEN class = 'undone' THEN some_wanted ELSE NOT moved OR within AND raised END END
QUALIFY row_number() OVER (PARTITION BY seq ORDER BY list_position(['rejected', 'approved', 'open', 'expired'], state), hold_id) = 1;

-- Decided, and no longer wanted: the decision is spent.
-- Only where known has rows.
UPDATE sync.holds SET state = 'superseded', note = CASE WHEN state = 'open' THEN note ELSE concat_ws('; ', note, 'no longer wanted') END
WHERE connection = $connection AND state IN ('open', 'approved', 'rejected') AND level <> 'read' AND list_contains(CAST($entities AS VARCHAR[]), entity)
  AND EXISTS (FROM considered AS w WHERE w.entity = sync.holds.entity AND w.item_id = sync.holds.item_id)
  AND hold_id NOT IN (SELECT hold_id FROM met);
-- Only where met has rows.
UPDATE sync.holds SET action = t.action, target_id = t.target_id, changes = t.changes, shown = t.shown, sku = coalesce(t.sku, sync.holds.sku),
       name = coalesce(t.name, sync.holds.name), wanted = CASE WHEN sync.holds.class = 'undone' THEN sync.holds.wanted ELSE t.wanted END
FROM met AS m JOIN asked AS t USING (seq)
WHERE sync.holds.connection = $connection AND sync.holds.hold_id = m.hold_id AND m.state = 'open' AND (m.moved OR sync.holds.changes IS NULL);

-- New holds: what is raised and met by none, and what ran out and is wanted still.
CREATE OR REPLACE TEMP TABLE to_raise AS SELECT *, NULL::VARCHAR AS class, NULL::VARCHAR AS why FROM asked LIMIT 0;
-- Only where asked has rows.
CREATE OR REPLACE TEMP TABLE to_raise AS
SELECT t.*, coalesce(m.class, t.classes[1]) AS class,
       CASE WHEN m.class IS NULL THEN t.reason
            ELSE coalesce(t.reason, regexp_replace(m.reason, '; asked again, because .*$', '')) || '; asked again, because ' || h.note END AS why
FROM asked AS t
LEFT JOIN met AS m ON m.seq = t.seq
LEFT JOIN (FROM sync.holds WHERE connection = $connection) AS h ON h.hold_id = m.hold_id
WHERE t.state = 'planned' AND (m.seq IS NULL AND len(t.classes) > 0 OR m.state = 'expired');
-- Only where to_raise has rows.
INSERT INTO sync.holds BY NAME
SELECT substr(md5(concat_ws('|', $connection, t.seq, t.shown, $run_id)), 1, 10) AS hold_id, $connection AS connection, t.class, CASE WHEN len(t.classes) > 0 THEN t.classes ELSE [t.class] END AS classes,
       t.entity, t.level, t.action, t.item_id, t.location_id, t.target_id,
       coalesce(t.sku, (SELECT min(v.sku) FROM source_variants AS v WHERE v.product_id = t.item_id)) AS sku, t.name,
       t.why AS reason,
       t.changes, t.shown, t.wanted, $now AS created_at, $run_id AS run_id, 'open' AS state, $until AS expires_at
FROM to_raise AS t;
-- Only where to_raise has rows.
DELETE FROM met WHERE seq IN (SELECT seq FROM to_raise);
-- Only where to_raise has rows.
INSERT INTO met BY NAME
SELECT t.seq, t.state AS row_state, h.hold_id, 'open' AS state, h.class, h.reason, false AS moved
FROM to_raise AS t
JOIN (FROM sync.holds WHERE connection = $connection AND run_id = $run_id AND state = 'open') AS h
    ON h.item_id = t.item_id AND h.level = t.level AND h.shown = t.shown;
