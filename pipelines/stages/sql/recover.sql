-- After a crash or the loss of the warehouse: links and notes that outcomes tell of and the tables lack. An id that the store
-- gave to another of our products since is that one's (I-22).
-- Inputs: sync.intents, sync.ended, sync.makings, sync.decisions, sync.unknown, sync.unproven, sync.links, sync.former_links, sync.agreed, sync.written. Bound: $run_id, $now.
CREATE OR REPLACE TEMP TABLE created_pairs (n BIGINT, connection VARCHAR, level VARCHAR, from_id VARCHAR, to_id VARCHAR, match_key VARCHAR, planned_at TIMESTAMPTZ);
-- Only where sync.outcomes has rows.
INSERT INTO created_pairs SELECT n, connection, level, from_id, to_id, 'created', planned_at FROM sync.makings;
-- Only where sync.decisions has rows.
INSERT INTO created_pairs
SELECT n, connection, level, item_id, target_id, match_key, decided_at FROM sync.decisions WHERE what = 'links found';
-- A record that was made again is the new one: to the one before, which orders may still name, nothing is linked.
CREATE OR REPLACE TEMP TABLE gone_links (connection VARCHAR, level VARCHAR, from_id VARCHAR, to_id VARCHAR, made_at TIMESTAMP);
-- Only where created_pairs has rows.
INSERT INTO gone_links
SELECT l.connection, l.level, l.from_id, l.to_id, l.made_at
FROM (SELECT connection, level, from_id, arg_max(to_id, n) AS to_id, arg_max(planned_at, n) AS planned_at FROM created_pairs GROUP BY ALL) AS c
JOIN (FROM sync.links WHERE state = 'broken') AS l USING (connection, level, from_id)
WHERE l.to_id <> c.to_id AND l.since <= c.planned_at;
-- Only where gone_links has rows.
INSERT INTO sync.former_links BY NAME
SELECT connection, from_id, to_id, $run_id AS run_id, made_at FROM gone_links WHERE level = 'variants';
-- Only where gone_links has rows.
DELETE FROM sync.agreed USING gone_links AS g
WHERE sync.agreed.connection = g.connection AND sync.agreed.entity = 'stock' AND g.level = 'variants' AND sync.agreed.item_id = g.from_id;
-- Only where gone_links has rows.
DELETE FROM sync.written USING gone_links AS g
WHERE sync.written.connection = g.connection AND sync.written.field = 'images' AND g.level = 'products' AND sync.written.item_id = g.from_id;
-- Only where gone_links has rows.
DELETE FROM sync.links USING gone_links AS g
WHERE sync.links.connection = g.connection AND sync.links.level = g.level AND sync.links.from_id = g.from_id AND sync.links.state = 'broken';
-- Only where created_pairs has rows.
INSERT INTO sync.links (connection, level, from_id, to_id, match_key, state, reason, since, run_id)
SELECT connection, level, from_id, arg_max(to_id, n), arg_max(match_key, n), 'linked', NULL, $now, $run_id
FROM created_pairs AS c
WHERE NOT EXISTS (FROM sync.links AS l WHERE l.connection = c.connection AND l.level = c.level AND l.from_id = c.from_id)
  AND NOT EXISTS (FROM created_pairs AS o WHERE o.connection = c.connection AND o.level = c.level AND o.to_id = c.to_id AND o.from_id <> c.from_id AND o.n > c.n)
GROUP BY connection, level, from_id;
-- What was read since, and stood there though the store had said that it deleted it, is linked: the reading is the later word.
CREATE OR REPLACE TEMP TABLE deleted_links (connection VARCHAR, level VARCHAR, item_id VARCHAR, due_item VARCHAR, n BIGINT);
-- Only where sync.outcomes has rows.
INSERT INTO deleted_links
SELECT d.connection, d.level, d.item_id, d.due_item, d.n
FROM (
    SELECT i.connection, i.level || 's' AS level, i.item_id, coalesce(arg_max(i.parent_item_id, i.n), i.item_id) AS due_item, max(i.n) AS n,
           max(i.planned_at) AS planned_at
    FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome = 'ok'
    WHERE i.action = 'delete'
      AND NOT EXISTS (FROM created_pairs AS c WHERE c.connection = i.connection AND c.level = i.level || 's' AND c.from_id = i.item_id AND c.n > i.n)
    GROUP BY i.connection, i.level, i.item_id
) AS d
SEMI JOIN (FROM sync.links WHERE state = 'linked') AS l ON l.connection = d.connection AND l.level = d.level AND l.from_id = d.item_id
    AND (l.since <= d.planned_at OR l.run_id = $run_id);
-- Only where deleted_links has rows.
UPDATE sync.links SET state = 'tombstoned', reason = 'deleted at the till', since = $now, run_id = $run_id
FROM deleted_links AS d
WHERE sync.links.connection = d.connection AND sync.links.level = d.level AND sync.links.from_id = d.item_id
  AND sync.links.state = 'linked';
-- An answer is not a reading: what is said to be deleted is looked for once more.
-- Only where deleted_links has rows.
INSERT INTO sync.unproven
SELECT DISTINCT d.connection, 'products', d.due_item, $now, $run_id
FROM (FROM deleted_links WHERE level IN ('products', 'variants')) AS d
ANTI JOIN (FROM sync.unproven WHERE entity = 'products') AS u ON u.connection = d.connection AND u.item_id = d.due_item;
-- The last word on a product's images is the journal's: a run can be killed between telling the journal and the tables. Of one that
-- was made again, what was said of the record before says nothing.
CREATE OR REPLACE TEMP TABLE last_images (connection VARCHAR, item_id VARCHAR, images JSON);
-- Only where sync.outcomes has rows.
INSERT INTO last_images
SELECT i.connection, coalesce(i.parent_item_id, i.item_id) AS item_id, arg_max(e.images, i.n) AS images
FROM sync.intents AS i
JOIN sync.ended AS e ON e.intent = i.n AND e.images IS NOT NULL
LEFT JOIN (SELECT connection, from_id, max(n) AS n FROM created_pairs WHERE level = 'products' AND match_key = 'created' GROUP BY ALL) AS c
    ON c.connection = i.connection AND c.from_id = coalesce(i.parent_item_id, i.item_id)
WHERE i.n >= coalesce(c.n, 0)
GROUP BY ALL;
-- Only where last_images has rows.
DELETE FROM last_images USING sync.written AS w
WHERE w.connection = last_images.connection AND w.field = 'images' AND w.item_id = last_images.item_id AND w.value = last_images.images;
-- Only where last_images has rows.
DELETE FROM sync.written USING last_images AS i
WHERE sync.written.connection = i.connection AND sync.written.field = 'images' AND sync.written.item_id = i.item_id;
-- Only where last_images has rows.
INSERT INTO sync.written
SELECT connection, item_id, 'images', images, $run_id FROM last_images;
-- What is unknown is looked at by the next run that can: its key waits like one that failed.
-- Only where sync.intents has rows.
INSERT INTO sync.retries
SELECT DISTINCT connection, entity, due_item, 'whether it was written is not known', 1, $run_id, $now
FROM (FROM sync.unknown WHERE entity <> 'orders') AS u
ANTI JOIN sync.retries AS r ON r.connection = u.connection AND r.entity = u.entity AND r.item_id = u.due_item;
-- Customers that were made or found for an order are known from then on.
-- Only where sync.outcomes has rows.
INSERT INTO sync.links (connection, level, from_id, to_id, match_key, state, reason, since, run_id)
SELECT i.connection, 'customers', arg_max(e.target_id, i.n), i.item_id, 'created', 'linked', NULL, $now, $run_id
FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
WHERE i.level = 'customer' AND i.action = 'create' AND e.target_id IS NOT NULL
  AND NOT EXISTS (FROM sync.links AS l WHERE l.connection = i.connection AND l.level = 'customers' AND l.to_id = i.item_id)
GROUP BY i.connection, i.item_id;
