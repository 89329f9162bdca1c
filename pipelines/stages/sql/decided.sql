-- Decisions a person made, put into the tables they are about: right after they were made, after a crash in between, or all of
-- them where the warehouse was lost. Inputs: sync.decisions beyond those known to be applied (sync.meta). Bound: $now.
CREATE OR REPLACE TEMP TABLE pending AS
FROM sync.decisions WHERE n > coalesce((SELECT max(CAST(value AS BIGINT)) FROM sync.meta WHERE name = 'decisions'), 0);

-- Holds: only while they wait, and only for exactly what was shown. One that a lost warehouse does not know comes back as the
-- hashes of what was shown, unless it was used, or ran out.
CREATE OR REPLACE TEMP TABLE last_words AS
SELECT *, CASE what WHEN 'holds approve' THEN 'approved' WHEN 'sync --yes' THEN 'approved' WHEN 'holds reject' THEN 'rejected' WHEN 'undo' THEN 'open' ELSE 'superseded' END AS state,
       CASE what WHEN 'holds approve' THEN 'approved by a person' WHEN 'sync --yes' THEN 'approved by --yes' WHEN 'holds reject' THEN 'rejected by a person' END AS note
FROM pending WHERE hold_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY connection, hold_id ORDER BY n DESC) = 1;
UPDATE sync.holds SET state = w.state, note = w.note, decided_at = w.decided_at, expires_at = w.expires_at
FROM last_words AS w
WHERE sync.holds.connection = w.connection AND sync.holds.hold_id = w.hold_id AND sync.holds.state IN ('open', 'approved') AND w.state IN ('approved', 'rejected')
  AND coalesce(sync.holds.shown, sync.shown_hash(sync.holds.level, sync.holds.action, sync.holds.item_id, sync.holds.location_id, sync.holds.target_id, sync.holds.changes)) = w.shown;
INSERT INTO sync.holds BY NAME
SELECT w.hold_id, w.connection, w.class, from_json(w.classes, '["VARCHAR"]') AS classes, w.entity, w.level, w.action, w.item_id, w.location_id, w.target_id, w.sku,
       CASE WHEN w.class = 'undone' THEN 'a person took it back' ELSE 'decided before the warehouse was lost' END AS reason,
       w.shown, from_json(w.wanted, '["VARCHAR"]') AS wanted, w.decided_at AS created_at, w.state, w.decided_at, w.expires_at, w.note
FROM last_words AS w
ANTI JOIN sync.holds AS h ON h.connection = w.connection AND h.hold_id = w.hold_id
WHERE w.state <> 'superseded' AND w.level <> 'read' AND (w.expires_at IS NULL OR w.expires_at > $now)
  AND NOT EXISTS (FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists') WHERE i.hold_id = w.hold_id AND i.connection = w.connection);

CREATE OR REPLACE TEMP TABLE last_links AS
SELECT p.*, l.made_at
FROM pending AS p
LEFT JOIN sync.links AS l ON l.connection = p.connection AND l.level = p.level AND l.from_id = p.item_id AND l.to_id = p.target_id
WHERE p.what IN ('links approve', 'links unlink') AND p.target_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY p.connection, p.level, p.item_id ORDER BY p.n DESC) = 1;
-- A record that was made again since is the new one (`recover.sql`).
-- Only where last_links has rows.
DELETE FROM last_links USING sync.makings AS c
WHERE last_links.what = 'links approve' AND c.connection = last_links.connection AND c.level = last_links.level AND c.from_id = last_links.item_id AND c.n > last_links.n;
DELETE FROM sync.links USING last_links AS d
WHERE sync.links.connection = d.connection AND sync.links.level = d.level AND sync.links.from_id = d.item_id;
INSERT INTO sync.links BY NAME
SELECT connection, level, item_id AS from_id, target_id AS to_id, match_key, CASE what WHEN 'links approve' THEN 'linked' ELSE 'unlinked' END AS state,
       CASE what WHEN 'links unlink' THEN 'unlinked by a person' END AS reason, decided_at AS since, run_id, made_at
FROM last_links;

-- What the next run is to look at because of a decision: products by request, set-aside records as something to try again.
INSERT INTO sync.requests BY NAME
SELECT connection, split_part(what, ' ', 2) AS action, min(sku) AS sku, item_id, max(decided_at) AS recorded_at
FROM pending AS p
WHERE what IN ('links approve', 'links unlink', 'links unpublish') AND level = 'products'
  AND NOT EXISTS (FROM sync.requests AS r WHERE r.connection = p.connection AND r.action = split_part(p.what, ' ', 2) AND r.item_id = p.item_id AND r.done_run IS NULL)
GROUP BY connection, what, item_id;
CREATE OR REPLACE TEMP TABLE released AS
SELECT q.connection, q.entity, q.item_id, any_value(p.target_id) AS due_item, max(p.decided_at) AS decided_at
FROM sync.quarantine AS q
JOIN pending AS p ON p.what = 'quarantine release' AND p.connection = q.connection AND p.entity = q.entity AND p.item_id = q.item_id AND q.since <= p.decided_at
WHERE q.released_at IS NULL
GROUP BY ALL;
UPDATE sync.quarantine SET released_at = r.decided_at
FROM released AS r
WHERE sync.quarantine.connection = r.connection AND sync.quarantine.entity = r.entity AND sync.quarantine.item_id = r.item_id AND released_at IS NULL;
INSERT INTO sync.retries BY NAME
SELECT connection, entity, due_item AS item_id, 'a person released it' AS reason, 0 AS attempts, max(decided_at) AS recorded_at
FROM released AS r
WHERE NOT EXISTS (FROM sync.retries AS k WHERE k.connection = r.connection AND k.entity = r.entity AND k.item_id = r.due_item)
GROUP BY ALL;
INSERT INTO sync.meta SELECT 'decisions', CAST(max(n) AS VARCHAR) FROM pending HAVING count(*) > 0;
DELETE FROM sync.meta WHERE name = 'decisions' AND CAST(value AS BIGINT) < (SELECT max(CAST(value AS BIGINT)) FROM sync.meta WHERE name = 'decisions');
