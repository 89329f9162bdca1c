-- Keep what the link stage is sure of, and what waits for a person. Inputs: fresh_*_link, overtaken, made_again, strangers,
-- sync.links. Bound: $connection, $run_id, $now.
-- A link changes state in place; decisions of a person ('unlinked') are never undone here (I-22).
-- Only where overtaken has rows.
DELETE FROM sync.links USING overtaken AS o
WHERE sync.links.connection = $connection AND sync.links.state IN ('linked', 'broken') AND o.level = sync.links.level AND o.from_id = sync.links.from_id;
-- Only where made_again has rows.
DELETE FROM sync.links USING made_again AS m
WHERE sync.links.connection = $connection AND sync.links.state IN ('linked', 'broken')
  AND (sync.links.level = 'variants' AND sync.links.from_id = m.from_id OR sync.links.level = 'products' AND m.whole AND sync.links.from_id = m.product_id);
DELETE FROM sync.links USING (SELECT from_id FROM fresh_variants_link UNION SELECT from_id FROM fresh_products_link) AS f
WHERE sync.links.connection = $connection AND sync.links.state = 'proposed' AND sync.links.from_id = f.from_id;
UPDATE sync.links SET state = 'broken', reason = now_linked.reason, since = $now, run_id = $run_id
FROM fresh_variants_link AS now_linked
WHERE sync.links.connection = $connection AND sync.links.level = 'variants' AND sync.links.from_id = now_linked.from_id
  AND sync.links.state = 'linked' AND now_linked.state = 'broken';
UPDATE sync.links SET state = 'broken', reason = now_linked.reason, since = $now, run_id = $run_id
FROM fresh_products_link AS now_linked
WHERE sync.links.connection = $connection AND sync.links.level = 'products' AND sync.links.from_id = now_linked.from_id
  AND sync.links.state = 'linked' AND now_linked.state = 'broken';
-- Only where strangers has rows.
UPDATE sync.links SET state = 'broken', reason = 'the store no longer has this linked product', since = $now, run_id = $run_id
FROM strangers AS s
WHERE sync.links.connection = $connection AND sync.links.level = s.level AND sync.links.from_id = s.from_id AND sync.links.to_id = s.to_id
  AND sync.links.state = 'linked';
UPDATE sync.links SET state = 'linked', reason = NULL, since = $now, run_id = $run_id
FROM fresh_variants_link AS now_linked
WHERE sync.links.connection = $connection AND sync.links.level = 'variants' AND sync.links.from_id = now_linked.from_id
  AND sync.links.state = 'broken' AND now_linked.state = 'linked';
UPDATE sync.links SET state = 'linked', reason = NULL, since = $now, run_id = $run_id
FROM fresh_products_link AS now_linked
WHERE sync.links.connection = $connection AND sync.links.level = 'products' AND sync.links.from_id = now_linked.from_id
  AND sync.links.state = 'broken' AND now_linked.state = 'linked';
INSERT INTO sync.links (connection, level, from_id, to_id, match_key, state, reason, since, run_id)
SELECT $connection, 'variants', v.from_id, v.to_id, v.match_key, v.state, v.reason, $now, $run_id
FROM fresh_variants_link AS v
ANTI JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants') AS known ON known.from_id = v.from_id
WHERE v.state IN ('linked', 'proposed');
INSERT INTO sync.links (connection, level, from_id, to_id, match_key, state, reason, since, run_id)
SELECT $connection, 'products', p.from_id, p.to_id, p.match_key, p.state, p.reason, $now, $run_id
FROM fresh_products_link AS p
ANTI JOIN (FROM sync.links WHERE connection = $connection AND level = 'products') AS known ON known.from_id = p.from_id
WHERE p.state IN ('linked', 'proposed');
