-- What is agreed now: every key of the work set all of whose planned rows landed, or that needed none. What the store had
-- already (exists) is compared by the next run before it is agreed.
-- Inputs: plan, receipts, work_set, scope, visible, source_*, target_*, *_link, sync.hidden. Bound: $connection, $run_id, $now, $began, $only: what
-- the run was about; of anything else nothing was compared.
CREATE OR REPLACE TEMP TABLE landed AS
SELECT p.*, r.outcome = 'ok' AS ok
FROM plan AS p
LEFT JOIN (FROM receipts WHERE run_id = $run_id) AS r ON r.plan_seq = p.seq;
-- Rows sent inside a product's creation have its outcome.
-- Only where landed has rows.
UPDATE landed SET ok = parent.ok
FROM (SELECT item_id, ok FROM landed WHERE level = 'product' AND action = 'create') AS parent
WHERE landed.ok IS NULL AND landed.level IN ('variant', 'images')
  AND coalesce(landed.parent_item_id, landed.item_id) = parent.item_id
  AND starts_with(coalesce(landed.parent_target_id, landed.target_id), 'created:');
CREATE OR REPLACE TEMP TABLE unsettled AS
SELECT DISTINCT 'products' AS entity, coalesce(CASE WHEN level IN ('variant', 'images') THEN parent_item_id END, item_id) AS item_id
FROM landed WHERE entity = 'products' AND (state IN ('held', 'dropped', 'waiting', 'quarantined', 'deferred') OR (state = 'planned' AND ok IS DISTINCT FROM true))
UNION
SELECT DISTINCT 'stock', item_id FROM landed
WHERE entity = 'stock' AND (state IN ('held', 'dropped', 'waiting', 'quarantined', 'deferred') OR (state = 'planned' AND ok IS DISTINCT FROM true))
UNION
SELECT entity, CASE WHEN q.entity = 'products' THEN coalesce(v.product_id, q.item_id) ELSE q.item_id END
FROM sync.quarantine AS q LEFT JOIN source_variants AS v ON v.variant_id = q.item_id
WHERE q.connection = $connection AND q.released_at IS NULL;
CREATE OR REPLACE TEMP TABLE settled AS
SELECT entity, item_id FROM work_set
ANTI JOIN unsettled USING (entity, item_id)
WHERE list_contains($only, entity);
CREATE OR REPLACE TEMP TABLE settled_products AS SELECT item_id FROM settled WHERE entity = 'products';
CREATE OR REPLACE TEMP TABLE settled_items AS
SELECT 'products' AS entity, item_id, item_id AS product_id FROM settled WHERE entity = 'products'
UNION ALL
SELECT 'images', item_id, item_id FROM settled WHERE entity = 'products'
UNION ALL
SELECT 'variants', v.variant_id, v.product_id FROM settled AS s JOIN source_variants AS v ON v.product_id = s.item_id WHERE s.entity = 'products'
UNION ALL
SELECT unnest(['stock', 'components']), item_id, NULL FROM settled WHERE entity = 'stock';
-- Only where settled_items has rows.
DELETE FROM sync.agreed USING settled_items AS s
WHERE sync.agreed.connection = $connection AND sync.agreed.entity = s.entity AND sync.agreed.item_id = s.item_id;
CREATE OR REPLACE TEMP TABLE settled_links (entity VARCHAR, item_id VARCHAR, to_id VARCHAR);
-- Only where settled_items has rows.
INSERT INTO settled_links
SELECT s.entity, s.item_id, l.to_id
FROM settled_items AS s
JOIN sync.links AS l ON l.connection = $connection AND l.from_id = s.item_id AND l.state IN ('linked', 'broken')
 AND l.level = CASE WHEN s.entity IN ('products', 'images') THEN 'products' ELSE 'variants' END;
-- Only where settled_products has rows.
INSERT INTO sync.agreed
SELECT $connection, s.entity, 'source', s.item_id, p.row_hash, $run_id, $now
FROM settled_items AS s JOIN source_products AS p ON p.product_id = s.item_id WHERE s.entity = 'products'
UNION ALL
SELECT $connection, s.entity, 'source', s.item_id, v.row_hash, $run_id, $now
FROM settled_items AS s JOIN source_variants AS v ON v.variant_id = s.item_id WHERE s.entity = 'variants'
UNION ALL
SELECT $connection, s.entity, 'source', s.item_id, i.row_hash, $run_id, $now
FROM settled_items AS s JOIN source_images AS i ON i.product_id = s.item_id WHERE s.entity = 'images'
UNION ALL
SELECT $connection, s.entity, 'target', s.item_id, t.row_hash, $run_id, $now
FROM settled_links AS s JOIN target_products AS t ON t.product_id = s.to_id WHERE s.entity = 'products'
UNION ALL
SELECT $connection, s.entity, 'target', s.item_id, t.row_hash, $run_id, $now
FROM settled_links AS s JOIN target_variants AS t ON t.variant_id = s.to_id WHERE s.entity = 'variants'
UNION ALL
SELECT $connection, s.entity, 'target', s.item_id, t.row_hash, $run_id, $now
FROM settled_links AS s JOIN target_images AS t ON t.product_id = s.to_id WHERE s.entity = 'images';
-- Only where settled_items has rows.
INSERT INTO sync.agreed
SELECT $connection, s.entity, 'source', s.item_id, f.row_hash, $run_id, $now
FROM settled_items AS s JOIN source_stock AS f ON f.variant_id = s.item_id WHERE s.entity = 'stock'
UNION ALL
SELECT $connection, s.entity, 'source', s.item_id, c.row_hash, $run_id, $now
FROM settled_items AS s JOIN source_components AS c ON c.variant_id = s.item_id WHERE s.entity = 'components'
UNION ALL
SELECT $connection, s.entity, 'target', s.item_id, t.row_hash, $run_id, $now
FROM settled_links AS s JOIN target_stock AS t ON t.variant_id = s.to_id WHERE s.entity = 'stock';
-- Words and fields we own in shared lists, for products whose rows landed or needed none.
-- Only where settled_products has rows.
DELETE FROM sync.written USING settled
WHERE sync.written.connection = $connection AND sync.written.field IN ('search_keywords', 'custom_fields', 'category_paths')
  AND settled.entity = 'products' AND sync.written.item_id = settled.item_id;
-- Only where settled_products has rows.
INSERT INTO sync.written
SELECT $connection, d.item_id, 'search_keywords', to_json(d.search_keywords), $run_id
FROM products_desired AS d JOIN settled AS s ON s.entity = 'products' AND s.item_id = d.item_id JOIN scope AS c ON c.item_id = d.item_id
WHERE c.what IN ('create', 'update') AND d.search_keywords IS NOT NULL
UNION ALL
SELECT $connection, d.item_id, 'category_paths', to_json(d.category_paths), $run_id
FROM products_desired AS d JOIN settled AS s ON s.entity = 'products' AND s.item_id = d.item_id JOIN scope AS c ON c.item_id = d.item_id
WHERE c.what IN ('create', 'update') AND d.category_paths IS NOT NULL
UNION ALL
SELECT $connection, d.item_id, 'custom_fields', to_json(list_transform(d.custom_fields, lambda own: own.name)), $run_id
FROM products_desired AS d JOIN settled AS s ON s.entity = 'products' AND s.item_id = d.item_id JOIN scope AS c ON c.item_id = d.item_id
WHERE c.what IN ('create', 'update') AND d.custom_fields IS NOT NULL;
-- Pictures of variants that were sent: the store's own address for them says nothing of their source.
CREATE OR REPLACE TEMP TABLE pictures (item_id VARCHAR, url JSON);
-- Only where landed has rows.
INSERT INTO pictures
SELECT k.key AS item_id, k.value AS url
FROM (FROM receipts WHERE run_id = $run_id AND json_exists(created, '$.variant_images')) AS r, json_each(r.created, '$.variant_images') AS k;
-- Only where pictures has rows.
DELETE FROM sync.written USING pictures AS p
WHERE sync.written.connection = $connection AND sync.written.field = 'image' AND sync.written.item_id = p.item_id;
-- Only where pictures has rows.
INSERT INTO sync.written
SELECT $connection, item_id, 'image', url, $run_id FROM pictures;
-- What is hidden now, with the content it had then (C-01); what both sides hide also where another change of it waits or failed.
-- Only where settled_products has rows.
DELETE FROM sync.hidden USING visible AS v, settled AS s
WHERE sync.hidden.connection = $connection AND s.entity = 'products' AND s.item_id = v.item_id
  AND sync.hidden.product_id = v.item_id AND v.shown_at_till;
-- Only where settled_products has rows.
UPDATE sync.hidden SET republished = true, run_id = $run_id
FROM visible AS v, settled AS s
WHERE sync.hidden.connection = $connection AND s.entity = 'products' AND s.item_id = v.item_id
  AND sync.hidden.product_id = v.item_id AND NOT v.shown_at_till AND v.is_active;
-- Only where visible has rows.
INSERT INTO sync.hidden
SELECT $connection, v.item_id, v.content_hash, v.version, false, $run_id
FROM visible AS v
SEMI JOIN (
    SELECT item_id FROM settled WHERE entity = 'products'
    UNION
    SELECT c.item_id FROM scope AS c JOIN target_products AS t ON t.product_id = c.target_id AND NOT t.is_active WHERE c.what = 'update'
) AS s ON s.item_id = v.item_id
ANTI JOIN (FROM sync.hidden WHERE connection = $connection) AS known ON known.product_id = v.item_id
WHERE NOT v.shown_at_till;
-- Approved holds that were applied; failures that must be tried again; requests that were met.
-- Only where landed has rows.
UPDATE sync.holds SET state = 'applied'
FROM landed AS p
WHERE sync.holds.connection = $connection AND sync.holds.state = 'approved' AND p.ok AND p.hold_id = sync.holds.hold_id;
-- Only where settled has rows.
DELETE FROM sync.retries USING settled
WHERE sync.retries.connection = $connection AND sync.retries.entity = settled.entity AND sync.retries.item_id = settled.item_id;
-- Only where landed has rows.
INSERT INTO sync.retries
SELECT $connection, entity, coalesce(CASE WHEN level IN ('variant', 'images') THEN parent_item_id END, item_id), 'it was not written', 1, $run_id, $now
FROM landed AS p
WHERE state = 'planned' AND ok IS DISTINCT FROM true AND entity <> 'orders'
  AND NOT EXISTS (FROM sync.retries AS k WHERE k.connection = $connection AND k.entity = p.entity
                  AND k.item_id = coalesce(CASE WHEN p.level IN ('variant', 'images') THEN p.parent_item_id END, p.item_id))
GROUP BY ALL;
-- What was written is read again by a run that begins later; what stood before this one began, was read and needed nothing is proven.
-- Only where settled has rows.
DELETE FROM sync.unproven USING settled
WHERE sync.unproven.connection = $connection AND sync.unproven.entity = settled.entity AND sync.unproven.item_id = settled.item_id
  AND sync.unproven.since < $began;
-- Only where landed has rows.
INSERT INTO sync.unproven
SELECT DISTINCT $connection, p.entity, coalesce(CASE WHEN p.level IN ('variant', 'images') THEN p.parent_item_id END, p.item_id), $now, $run_id
FROM landed AS p
WHERE p.ok AND p.state = 'planned' AND p.entity = 'products' AND p.action <> 'delete';
-- What was sent of every field and what stood there, until the store shows it.
CREATE OR REPLACE TEMP TABLE sent_now (level VARCHAR, item_id VARCHAR, field VARCHAR, sent UBIGINT, found UBIGINT);
-- Only where landed has rows.
INSERT INTO sent_now
SELECT p.level, p.item_id, k.key AS field, hash(CAST(k.value -> 'after' AS VARCHAR)) AS sent, hash(CAST(k.value -> 'before' AS VARCHAR)) AS found
FROM (FROM landed WHERE ok AND state = 'planned' AND action IN ('update', 'publish', 'hide') AND level IN ('product', 'variant')) AS p,
     json_each(p.changes) AS k;
CREATE OR REPLACE TEMP TABLE sent_next (
    level VARCHAR, item_id VARCHAR, field VARCHAR, sent UBIGINT, found UBIGINT, times INTEGER, lately INTEGER, first_at TIMESTAMPTZ
);
-- Only where sent_now has rows.
INSERT INTO sent_next
SELECT n.level, n.item_id, n.field, n.sent, n.found, CASE WHEN s.sent = n.sent THEN s.times + 1 ELSE 1 END AS times,
       CASE WHEN s.sent = n.sent AND s.first_at > $now - INTERVAL 1 HOUR THEN s.lately + 1 ELSE 1 END AS lately,
       CASE WHEN s.sent = n.sent AND s.first_at > $now - INTERVAL 1 HOUR THEN s.first_at ELSE $now END AS first_at
FROM sent_now AS n
LEFT JOIN (FROM sync.sent WHERE connection = $connection) AS s USING (level, item_id, field);
-- Only where settled_products has rows.
DELETE FROM sync.sent USING settled_items AS s, work_set AS w
WHERE sync.sent.connection = $connection AND sync.sent.item_id = s.item_id AND w.entity = 'products' AND w.whole
  AND s.entity = sync.sent.level || 's' AND w.item_id = s.product_id
  AND NOT EXISTS (FROM said_again AS a WHERE a.fixed AND a.level = sync.sent.level AND a.item_id = sync.sent.item_id AND a.field = sync.sent.field);
-- Only where sent_next has rows.
DELETE FROM sync.sent USING sent_next AS n
WHERE sync.sent.connection = $connection AND sync.sent.level = n.level AND sync.sent.item_id = n.item_id AND sync.sent.field = n.field;
-- Only where sent_next has rows.
INSERT INTO sync.sent
SELECT $connection, level, item_id, field, sent, found, times, lately, first_at, $now, $run_id FROM sent_next;
-- Unpublished: hidden (or left), then unlinked with a time (S000-54).
-- Only where settled_products has rows.
UPDATE sync.links SET state = 'unlinked', reason = 'unpublished', since = $now, run_id = $run_id
FROM scope AS s, settled AS d, source_variants AS v
WHERE sync.links.connection = $connection AND s.what = 'unpublish' AND d.entity = 'products' AND d.item_id = s.item_id
  AND v.product_id = s.item_id AND sync.links.from_id IN (s.item_id, v.variant_id);
-- Only where settled has rows.
UPDATE sync.requests SET done_run = $run_id
FROM settled WHERE sync.requests.connection = $connection AND sync.requests.item_id = settled.item_id AND done_run IS NULL;
-- Links as this run left them.
CREATE OR REPLACE TEMP TABLE moved_links AS FROM sync.links WHERE connection = $connection AND run_id = $run_id;
-- Only where moved_links has rows.
UPDATE products_link SET state = l.state, to_id = l.to_id, match_key = l.match_key, reason = l.reason
FROM moved_links AS l WHERE l.level = 'products' AND l.from_id = products_link.from_id AND l.state <> 'tombstoned';
-- Only where moved_links has rows.
UPDATE variants_link SET state = l.state, to_id = l.to_id, match_key = l.match_key, reason = l.reason
FROM moved_links AS l WHERE l.level = 'variants' AND l.from_id = variants_link.from_id AND l.state <> 'tombstoned';
UPDATE variants_link SET to_product_id = p.to_id
FROM products_link AS p
WHERE p.from_id = variants_link.product_id AND p.state = 'linked' AND variants_link.to_product_id IS DISTINCT FROM p.to_id AND variants_link.state = 'linked';
-- Only where moved_links has rows.
DELETE FROM variants_link USING moved_links AS l WHERE l.state = 'tombstoned' AND l.from_id = variants_link.from_id;
-- Only where moved_links has rows.
DELETE FROM products_link USING moved_links AS l WHERE l.state = 'tombstoned' AND l.level = 'products' AND l.from_id = products_link.from_id;
