-- Mark what is gone: what should have come and did not, where a person said so ($word), where a second reading proved it
-- ($proven), or where a whole read an hour ago or more lacked it too (`reliability.md` §2.14, I-23). What was asked for by id
-- and never known is kept as gone too. Inputs: {raw}, fresh, absent, sync.absent.
-- Bound: $run_id, $seq, $believed, $word, $proven, $asked, $complete, $platform, $resource, $now, $hour_ago.
CREATE OR REPLACE TEMP TABLE now_gone AS
SELECT id FROM absent
LEFT JOIN (SELECT id, since FROM sync.absent WHERE platform = $platform AND resource = $resource) AS before USING (id)
WHERE $believed AND ($word OR list_contains(CAST($proven AS VARCHAR[]), id) OR ($complete AND before.since <= $hour_ago));
UPDATE {raw} SET gone = true, seq = $seq, run_id = $run_id FROM now_gone WHERE {raw}.id = now_gone.id;
INSERT INTO {raw} BY NAME
SELECT asked.id, $seq AS seq, $run_id AS run_id, true AS gone
FROM (SELECT unnest(CAST($asked AS VARCHAR[])) AS id) AS asked
ANTI JOIN {raw} USING (id);
DELETE FROM sync.absent WHERE platform = $platform AND resource = $resource
  AND (id IN (SELECT id FROM fresh) OR id IN (SELECT id FROM now_gone));
INSERT INTO sync.absent
SELECT $platform, $resource, id, $now FROM absent
ANTI JOIN now_gone USING (id)
ANTI JOIN (FROM sync.absent WHERE platform = $platform AND resource = $resource) AS known USING (id)
WHERE $complete;
