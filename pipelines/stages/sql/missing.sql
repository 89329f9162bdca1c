-- What waits because a complete read lacks too much, and what no longer does. Grain of sync.holds here: connection and list.
-- Bound: $held_class, $item (platform/list), $name, $connections, $before, $after, $raised, $applied, $now, $run_id.
-- An approval is used up by the read it was given for; a read that lacks no more than it may ends what waited.
UPDATE sync.holds SET state = CASE WHEN $applied AND state = 'approved' THEN 'applied' ELSE 'superseded' END, decided_at = coalesce(decided_at, $now)
WHERE class = $held_class AND item_id = $item AND state IN ('open', 'approved')
  AND NOT ($raised AND NOT $applied AND state = 'open' AND changes_hash = hash($item, $before, $after));
UPDATE sync.holds SET run_id = $run_id WHERE class = $held_class AND item_id = $item AND state = 'open';
INSERT INTO sync.holds BY NAME
SELECT substr(md5(connection || $item || $run_id), 1, 10) AS hold_id, connection, $held_class AS class, 'catalogue' AS entity, 'read' AS level,
       $item AS item_id, $name AS name, $before - $after || ' of the ' || $before || ' ' || $name || ' did not come' AS reason,
       json_object('records', json_object('before', $before, 'after', $after)) AS changes, hash($item, $before, $after) AS changes_hash,
       $now AS created_at, $run_id AS run_id, CASE WHEN $applied THEN 'applied' ELSE 'open' END AS state,
       CASE WHEN $applied THEN $now END AS decided_at, CASE WHEN $applied THEN 'approved by --yes' END AS note
FROM (SELECT unnest(CAST($connections AS VARCHAR[])) AS connection)
ANTI JOIN (FROM sync.holds WHERE class = $held_class AND item_id = $item AND state = 'open') AS known USING (connection)
WHERE $raised;
