-- Durable state of one merchant: what was read, linked, agreed, held, called and run.
CREATE SCHEMA IF NOT EXISTS sync;
CREATE TABLE IF NOT EXISTS sync.meta (name VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS sync.cursors (platform VARCHAR, resource VARCHAR, value BIGINT, run_id VARCHAR);
ALTER TABLE sync.cursors ADD COLUMN IF NOT EXISTS moved_at TIMESTAMPTZ;
ALTER TABLE sync.cursors ADD COLUMN IF NOT EXISTS settled_at TIMESTAMPTZ;
ALTER TABLE sync.cursors ADD COLUMN IF NOT EXISTS since TIMESTAMPTZ;
CREATE TABLE IF NOT EXISTS sync.detailed (platform VARCHAR, resource VARCHAR, id VARCHAR, row_hash UBIGINT);
CREATE TABLE IF NOT EXISTS sync.reads (run_id VARCHAR, platform VARCHAR, resource VARCHAR, complete BOOLEAN, rows BIGINT, changed BIGINT, gone BIGINT, rows_before BIGINT, without_id BIGINT, seconds DOUBLE, recorded_at TIMESTAMPTZ);
ALTER TABLE sync.reads ADD COLUMN IF NOT EXISTS notes VARCHAR[];
CREATE TABLE IF NOT EXISTS sync.absent (platform VARCHAR, resource VARCHAR, id VARCHAR, since TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.watermarks (consumer VARCHAR, source VARCHAR, seq BIGINT);
CREATE TABLE IF NOT EXISTS sync.links (connection VARCHAR, level VARCHAR, from_id VARCHAR, to_id VARCHAR, match_key VARCHAR, state VARCHAR, reason VARCHAR, since TIMESTAMPTZ, run_id VARCHAR);
ALTER TABLE sync.links ADD COLUMN IF NOT EXISTS made_at TIMESTAMP;
CREATE TABLE IF NOT EXISTS sync.agreed (connection VARCHAR, entity VARCHAR, side VARCHAR, item_id VARCHAR, row_hash UBIGINT, run_id VARCHAR, recorded_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.ground (connection VARCHAR, hash VARCHAR, run_id VARCHAR);
CREATE TABLE IF NOT EXISTS sync.written (connection VARCHAR, item_id VARCHAR, field VARCHAR, value JSON, run_id VARCHAR);
CREATE TABLE IF NOT EXISTS sync.hidden (connection VARCHAR, product_id VARCHAR, content_hash UBIGINT, version BIGINT, republished BOOLEAN, run_id VARCHAR);
CREATE TABLE IF NOT EXISTS sync.holds (hold_id VARCHAR, connection VARCHAR, class VARCHAR, entity VARCHAR, level VARCHAR, item_id VARCHAR, sku VARCHAR, name VARCHAR, reason VARCHAR, changes JSON, changes_hash UBIGINT, created_at TIMESTAMPTZ, run_id VARCHAR, state VARCHAR, decided_at TIMESTAMPTZ, note VARCHAR);
ALTER TABLE sync.holds ADD COLUMN IF NOT EXISTS classes VARCHAR[];
ALTER TABLE sync.holds ADD COLUMN IF NOT EXISTS action VARCHAR;
ALTER TABLE sync.holds ADD COLUMN IF NOT EXISTS location_id VARCHAR;
ALTER TABLE sync.holds ADD COLUMN IF NOT EXISTS target_id VARCHAR;
ALTER TABLE sync.holds ADD COLUMN IF NOT EXISTS shown VARCHAR;
ALTER TABLE sync.holds ADD COLUMN IF NOT EXISTS wanted VARCHAR[];
ALTER TABLE sync.holds ADD COLUMN IF NOT EXISTS expires_at TIMESTAMPTZ;
CREATE OR REPLACE MACRO sync.shown_hash(level, action, item_id, location_id, target_id, changes) AS
    md5(concat_ws('|', level, coalesce(action, ''), item_id, coalesce(location_id, ''), coalesce(target_id, ''), CAST(changes AS VARCHAR)));
CREATE TABLE IF NOT EXISTS sync.decisions (n BIGINT, epoch BIGINT, what VARCHAR, connection VARCHAR, hold_id VARCHAR, class VARCHAR, classes JSON, entity VARCHAR, level VARCHAR, action VARCHAR, item_id VARCHAR, location_id VARCHAR, target_id VARCHAR, sku VARCHAR, match_key VARCHAR, shown VARCHAR, wanted JSON, run_id VARCHAR, expires_at TIMESTAMPTZ, decided_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.quarantine (connection VARCHAR, entity VARCHAR, item_id VARCHAR, sku VARCHAR, name VARCHAR, class VARCHAR, reason VARCHAR, rule VARCHAR, since TIMESTAMPTZ, first_run VARCHAR, last_run VARCHAR, released_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.retries (connection VARCHAR, entity VARCHAR, item_id VARCHAR, reason VARCHAR, attempts INTEGER, run_id VARCHAR, recorded_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.kept (connection VARCHAR, level VARCHAR, to_id VARCHAR, record JSON, reason VARCHAR, run_id VARCHAR, recorded_at TIMESTAMPTZ);
ALTER TABLE sync.kept ADD COLUMN IF NOT EXISTS product_id VARCHAR;
CREATE TABLE IF NOT EXISTS sync.requests (connection VARCHAR, action VARCHAR, sku VARCHAR, item_id VARCHAR, recorded_at TIMESTAMPTZ, done_run VARCHAR);
CREATE TABLE IF NOT EXISTS sync.intents (n BIGINT, epoch BIGINT, run_id VARCHAR, connection VARCHAR, entity VARCHAR, level VARCHAR, action VARCHAR, item_id VARCHAR, parent_item_id VARCHAR, sku VARCHAR, name_hash VARCHAR, target_id VARCHAR, changes_hash VARCHAR, images JSON, images_before JSON, planned_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.outcomes (n BIGINT, epoch BIGINT, run_id VARCHAR, intent BIGINT, outcome VARCHAR, target_id VARCHAR, status INTEGER, created JSON, images JSON, recorded_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.unproven (connection VARCHAR, entity VARCHAR, item_id VARCHAR, since TIMESTAMPTZ, run_id VARCHAR);
CREATE TABLE IF NOT EXISTS sync.sent (connection VARCHAR, level VARCHAR, item_id VARCHAR, field VARCHAR, sent UBIGINT, found UBIGINT, times INTEGER, lately INTEGER, first_at TIMESTAMPTZ, last_at TIMESTAMPTZ, run_id VARCHAR);
ALTER TABLE sync.intents ADD COLUMN IF NOT EXISTS plan_seq INTEGER;
ALTER TABLE sync.intents ADD COLUMN IF NOT EXISTS hold_id VARCHAR;
ALTER TABLE sync.intents ADD COLUMN IF NOT EXISTS document JSON;
ALTER TABLE sync.intents ADD COLUMN IF NOT EXISTS payments JSON;
ALTER TABLE sync.intents ADD COLUMN IF NOT EXISTS levels JSON;
-- Of a product's creation: the SKUs it carried, by till variant.
ALTER TABLE sync.intents ADD COLUMN IF NOT EXISTS skus JSON;
-- Of a product's creation: whether it was made hidden because the till hides it.
ALTER TABLE sync.intents ADD COLUMN IF NOT EXISTS hidden BOOLEAN;
ALTER TABLE sync.outcomes ADD COLUMN IF NOT EXISTS first_call BIGINT;
ALTER TABLE sync.outcomes ADD COLUMN IF NOT EXISTS last_call BIGINT;
CREATE OR REPLACE VIEW sync.journaled AS SELECT n FROM sync.intents UNION ALL SELECT n FROM sync.outcomes UNION ALL SELECT n FROM sync.decisions;
CREATE OR REPLACE VIEW sync.ended AS
SELECT intent, arg_max(outcome, n) AS outcome, arg_max(target_id, n) AS target_id, arg_max(created, n) AS created, arg_max(images, n) AS images
FROM sync.outcomes GROUP BY intent;
CREATE OR REPLACE VIEW sync.unknown AS
SELECT i.*, CASE WHEN i.entity = 'stock' THEN i.item_id ELSE coalesce(i.parent_item_id, i.item_id) END AS due_item
FROM sync.intents AS i
LEFT JOIN sync.ended AS e ON e.intent = i.n
WHERE coalesce(e.outcome, 'unknown') = 'unknown';
-- Under which SKUs was sent what may have been created in the stores. Grain: creation and variant.
CREATE OR REPLACE VIEW sync.sent_skus AS
SELECT u.connection, u.n, u.item_id AS product_id, k.key AS from_id, k.value ->> '$' AS sku
FROM (FROM sync.unknown WHERE action = 'create' AND level = 'product' AND skus IS NOT NULL) AS u, json_each(u.skus) AS k
UNION ALL
SELECT connection, n, parent_item_id, item_id, sku FROM sync.unknown WHERE action = 'create' AND level = 'variant' AND sku IS NOT NULL;
-- What was created in the stores, variants that came with their product among it. Grain: creation and record.
CREATE OR REPLACE VIEW sync.makings AS
WITH made AS (
    SELECT i.n, i.connection, i.level, i.item_id, i.planned_at, e.target_id, e.created
    FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
    WHERE i.action = 'create' AND i.level IN ('product', 'variant')
)
SELECT n, connection, level || 's' AS level, item_id AS from_id, target_id AS to_id, planned_at FROM made WHERE target_id IS NOT NULL
UNION ALL
SELECT m.n, m.connection, 'variants', k.key, k.value ->> '$', m.planned_at
FROM (FROM made WHERE json_exists(created, '$.variant')) AS m, json_each(m.created, '$.variant') AS k;
-- Under which of the store's variants a till variant is, or was, sold: orders still name a record that was made again since. When one was
-- made that nobody read is not known: the first that is known to have had its id since ended it.
CREATE TABLE IF NOT EXISTS sync.former_links (connection VARCHAR, from_id VARCHAR, to_id VARCHAR, run_id VARCHAR);
ALTER TABLE sync.former_links ADD COLUMN IF NOT EXISTS made_at TIMESTAMP;
CREATE OR REPLACE VIEW sync.sold_as AS
SELECT connection, to_id, from_id, state, made_at FROM sync.links WHERE level = 'variants' AND to_id IS NOT NULL
UNION ALL
SELECT f.connection, f.to_id, f.from_id, 'former', f.made_at FROM sync.former_links AS f
WHERE NOT EXISTS (FROM sync.links AS l WHERE l.level = 'variants' AND l.connection = f.connection AND l.to_id = f.to_id
                  AND CASE WHEN f.made_at IS NULL THEN l.from_id = f.from_id OR l.made_at IS NULL
                      ELSE (l.made_at <> f.made_at) IS NOT TRUE END);
-- Whether a line of an order is of the record that had its variant's id before it was given on (`until`): by when it was ordered. Of an
-- order that was changed since, a line with the SKU that the record of now has, and the item of then (`own`) has not, was added.
CREATE OR REPLACE MACRO sync.is_of_before(until, ordered_at, changed_at, sku, own, shown) AS
    ordered_at < until AND NOT coalesce(changed_at >= until AND sku = shown AND sku IS DISTINCT FROM own, false);
CREATE OR REPLACE VIEW sync.documents AS
SELECT i.connection, i.level, i.item_id, i.sku, i.n AS intent, i.planned_at, coalesce(e.outcome, 'unknown') AS state, e.target_id
FROM sync.intents AS i LEFT JOIN sync.ended AS e ON e.intent = i.n WHERE i.action = 'create';
CREATE TABLE IF NOT EXISTS sync.order_states (connection VARCHAR, order_id VARCHAR, hash UBIGINT, state VARCHAR, reason VARCHAR, run_id VARCHAR, recorded_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.customers_told (connection VARCHAR, customer_id VARCHAR, told VARCHAR, run_id VARCHAR);
CREATE TABLE IF NOT EXISTS sync.consents_told (connection VARCHAR, customer_id VARCHAR, said VARCHAR, run_id VARCHAR);
CREATE TABLE IF NOT EXISTS sync.committed (connection VARCHAR, item_id VARCHAR, units DECIMAL(18, 4), run_id VARCHAR);
CREATE OR REPLACE VIEW sync.sale_documents AS
WITH came AS (
    SELECT intent, arg_max(outcome, n) AS outcome, arg_max(target_id, n) AS target_id, arg_max(created, n) AS created, max(recorded_at) AS recorded_at
    FROM sync.outcomes GROUP BY intent
), voided AS (
    SELECT i.connection, i.target_id, max(c.recorded_at) AS voided_at, arg_max(c.created -> 'sale' ->> 'restocked', c.recorded_at) AS restocked
    FROM sync.intents AS i JOIN came AS c ON c.intent = i.n AND c.outcome IN ('ok', 'exists')
    WHERE i.level = 'sale' AND i.action = 'void' GROUP BY i.connection, i.target_id
), closed AS (
    SELECT i.connection, i.target_id, max(c.recorded_at) AS recorded_at, max(TRY_CAST(c.created -> 'sale' ->> 'version' AS BIGINT)) AS version
    FROM sync.intents AS i JOIN came AS c ON c.intent = i.n AND c.outcome IN ('ok', 'exists')
    WHERE i.level = 'sale' AND i.action = 'update' GROUP BY i.connection, i.target_id
), put_back AS (
    SELECT i.connection, i.parent_item_id AS sale_id
    FROM sync.intents AS i LEFT JOIN came AS c ON c.intent = i.n
    WHERE i.entity = 'orders' AND i.level = 'stock' GROUP BY i.connection, i.parent_item_id
    HAVING count(DISTINCT i.target_id) = count(DISTINCT i.target_id) FILTER (c.outcome IN ('ok', 'exists'))
)
SELECT i.connection, i.item_id AS order_id, i.n AS intent, i.run_id, i.planned_at, CAST(i.document ->> 'number' AS INTEGER) AS number, i.document ->> 'kind' AS kind,
       CASE WHEN k.target_id IS NOT NULL THEN 'closed'
            WHEN c.outcome = 'exists' AND (c.created -> 'sale' ->> 'state') IN ('parked', 'pending') THEN c.created -> 'sale' ->> 'state' ELSE i.document ->> 'state' END AS state, i.document ->> 'id' AS document_id, i.document ->> 'reference' AS reference,
       CASE WHEN json_exists(c.created, '$.sale.found') THEN json_merge_patch(i.document, CAST(c.created -> 'sale' ->> 'found' AS JSON)) ELSE i.document END AS document, CASE WHEN k.target_id IS NULL THEN i.levels END AS levels,
       CASE WHEN i.action = 'create' THEN coalesce(c.outcome, 'unknown') WHEN c.outcome = 'exists' THEN 'exists' WHEN c.outcome = 'ok' THEN 'absent' ELSE 'not_sent' END AS outcome, c.target_id AS sale_id, coalesce(k.version, TRY_CAST(c.created -> 'sale' ->> 'version' AS BIGINT)) AS version, coalesce(k.recorded_at, c.recorded_at) AS recorded_at,
       v.voided_at, h.target_id IS NOT NULL AND v.voided_at IS NULL AS half_voided, v.restocked, coalesce(v.restocked = 'no' AND b.sale_id IS NULL, false) AS owes
FROM sync.intents AS i
LEFT JOIN came AS c ON c.intent = i.n
LEFT JOIN voided AS v ON v.connection = i.connection AND v.target_id = c.target_id
LEFT JOIN (SELECT DISTINCT connection, target_id FROM sync.unknown WHERE level = 'sale' AND action = 'void') AS h ON h.connection = i.connection AND h.target_id = c.target_id
LEFT JOIN closed AS k ON k.connection = i.connection AND k.target_id = c.target_id
LEFT JOIN put_back AS b ON b.connection = i.connection AND b.sale_id = c.target_id
WHERE i.level = 'sale' AND i.action IN ('create', 'find');
CREATE TABLE IF NOT EXISTS sync.figures (run_id VARCHAR, connection VARCHAR, name VARCHAR, value DECIMAL(18, 4));
CREATE TABLE IF NOT EXISTS sync.calls (run_id VARCHAR, n BIGINT, platform VARCHAR, kind VARCHAR, method VARCHAR, path VARCHAR, status INTEGER, outcome VARCHAR, attempt INTEGER, ms BIGINT, bytes_out BIGINT, bytes_in BIGINT, request_hash VARCHAR, recorded_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.runs (run_id VARCHAR, merchant VARCHAR, connection VARCHAR, mode VARCHAR, verdict VARCHAR, mapping_hash VARCHAR, started_at TIMESTAMPTZ, ended_at TIMESTAMPTZ, summary JSON, exit_code INTEGER, only_plan BOOLEAN);
