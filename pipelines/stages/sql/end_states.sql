-- In which one of the named states every observed record of this run ended (I-26), and its reason.
-- Grain: entity and record (products: one SKU; stock: one SKU at one store location). Bound: $connection, $run_id, $wrote, $products, $stock,
-- $undo: a run is taken back; $part: only part of what is known was considered.
-- Inputs: plan, receipts, scope, *_link, source_*, work_set, sync.quarantine, sync.holds.
CREATE TABLE IF NOT EXISTS end_states (
    run_id VARCHAR, entity VARCHAR, item_id VARCHAR, location_id VARCHAR, sku VARCHAR, name VARCHAR, state VARCHAR, reason VARCHAR, rule VARCHAR
);
CREATE OR REPLACE TEMP TABLE outcomes AS
SELECT p.*, r.outcome, r.message,
       CASE WHEN r.outcome IN ('ok', 'exists') OR (r.outcome IS NULL AND NOT $wrote) THEN true
            WHEN r.outcome IS NULL THEN NULL ELSE false END AS ok
FROM plan AS p
LEFT JOIN (FROM receipts WHERE run_id = $run_id) AS r ON r.plan_seq = p.seq;
-- Only where outcomes has rows.
UPDATE outcomes SET ok = parent.ok, message = parent.message
FROM (SELECT item_id, ok, message FROM outcomes WHERE level = 'product' AND action = 'create') AS parent
WHERE outcomes.ok IS NULL AND outcomes.level IN ('variant', 'images')
  AND coalesce(outcomes.parent_item_id, outcomes.item_id) = parent.item_id
  AND starts_with(coalesce(outcomes.parent_target_id, outcomes.target_id), 'created:');
CREATE OR REPLACE TEMP TABLE row_states (
    entity VARCHAR, item_id VARCHAR, location_id VARCHAR, rule VARCHAR, state VARCHAR, reason VARCHAR
);
-- Only where outcomes has rows.
INSERT INTO row_states
SELECT o.entity, v.variant_id AS item_id, o.location_id, o.rule,
       CASE WHEN o.state IN ('quarantined', 'held', 'deferred') THEN o.state WHEN o.state = 'dropped' THEN 'superseded' WHEN o.state = 'waiting' THEN 'failed'
            WHEN o.ok IS DISTINCT FROM true THEN 'failed'
            WHEN o.action = 'create' THEN 'created' WHEN o.action = 'delete' THEN 'deleted' ELSE 'updated' END AS state,
       CASE WHEN o.state <> 'planned' THEN o.reason WHEN o.ok IS DISTINCT FROM true THEN coalesce(o.message, 'it was not sent') END AS reason
FROM outcomes AS o
JOIN source_variants AS v ON CASE WHEN o.level IN ('product', 'images') THEN v.product_id = o.item_id ELSE v.variant_id = o.item_id END
WHERE (v.deleted_at IS NULL OR o.action IN ('delete', 'hide') OR $undo) AND (o.action <> 'adopt' OR o.state <> 'planned' OR o.ok IS DISTINCT FROM true);
CREATE OR REPLACE TEMP TABLE ranked AS
SELECT entity, item_id, location_id, state, reason, rule,
       list_position(['failed', 'quarantined', 'held', 'deferred', 'created', 'deleted', 'updated', 'superseded'], state) AS rank
FROM row_states;
-- Records that stood as they were are kept of the last run alone; their numbers stay in its summary.
-- Only where end_states has rows.
DELETE FROM end_states WHERE run_id = $run_id OR state = 'unchanged';
INSERT INTO end_states
SELECT $run_id, 'products', v.variant_id, NULL, v.sku, p.name,
       CASE WHEN q.item_id IS NOT NULL AND coalesce(r.state, '') <> 'failed' THEN 'quarantined'
            WHEN r.state IS NOT NULL THEN r.state
            WHEN $part AND s.item_id IS NULL THEN 'out_of_scope'
            WHEN l.state = 'proposed' THEN 'held'
            WHEN s.what = 'out' OR l.state IN ('broken', 'unlinked') OR pl.state = 'conflict' THEN 'out_of_scope'
            WHEN l.state = 'linked' THEN 'unchanged'
            WHEN k.state = 'tombstoned' THEN 'unchanged'
            ELSE 'out_of_scope' END,
       CASE WHEN q.item_id IS NOT NULL AND coalesce(r.state, '') <> 'failed' THEN q.reason
            WHEN r.state IS NOT NULL THEN r.reason
            WHEN $part AND s.item_id IS NULL THEN 'this run was about other records'
            WHEN l.state = 'proposed' THEN l.reason
            WHEN s.what = 'out' THEN s.out_reason
            WHEN l.state = 'linked' THEN CASE WHEN pl.state = 'conflict' THEN pl.reason END
            ELSE coalesce(l.reason, k.reason, 'not linked; `publish: all` would create it in the store') END,
       coalesce(r.rule, q.rule)
FROM source_variants AS v
JOIN source_products AS p ON p.product_id = v.product_id
LEFT JOIN variants_link AS l ON l.from_id = v.variant_id
LEFT JOIN products_link AS pl ON pl.from_id = v.product_id
LEFT JOIN scope AS s ON s.item_id = v.product_id
LEFT JOIN sync.links AS k ON k.connection = $connection AND k.level = 'variants' AND k.from_id = v.variant_id
LEFT JOIN (FROM sync.quarantine WHERE connection = $connection AND entity = 'products' AND released_at IS NULL) AS q ON q.item_id = v.variant_id
LEFT JOIN (SELECT item_id, arg_min(state, rank) AS state, arg_min(reason, rank) AS reason, arg_min(rule, rank) AS rule
           FROM ranked WHERE entity = 'products' GROUP BY item_id) AS r ON r.item_id = v.variant_id
WHERE $products AND (v.deleted_at IS NULL OR r.item_id IS NOT NULL);
INSERT INTO end_states
SELECT $run_id, 'stock', d.item_id, d.location_id, v.sku, p.name,
       CASE WHEN q.item_id IS NOT NULL THEN 'quarantined' WHEN r.state IS NOT NULL THEN r.state
            WHEN d.on_hand IS NULL OR $part AND w.item_id IS NULL THEN 'out_of_scope'
            WHEN l.state = 'linked' THEN 'unchanged' ELSE 'out_of_scope' END,
       CASE WHEN q.item_id IS NOT NULL THEN q.reason WHEN r.state IS NOT NULL THEN r.reason
            WHEN $part AND w.item_id IS NULL THEN 'this run was about other records'
            WHEN d.on_hand IS NULL THEN coalesce(d.reason, 'the till does not count this item')
            WHEN l.state = 'linked' THEN NULL ELSE 'its product is not in the store' END,
       r.rule
FROM stock_desired AS d
JOIN source_variants AS v ON v.variant_id = d.item_id
JOIN source_products AS p ON p.product_id = v.product_id
LEFT JOIN variants_link AS l ON l.from_id = d.item_id
LEFT JOIN (SELECT item_id FROM work_set WHERE entity = 'stock') AS w ON w.item_id = d.item_id
LEFT JOIN (FROM sync.quarantine WHERE connection = $connection AND entity = 'stock' AND released_at IS NULL) AS q ON q.item_id = d.item_id
LEFT JOIN (SELECT item_id, location_id, arg_min(state, rank) AS state, arg_min(reason, rank) AS reason, arg_min(rule, rank) AS rule
           FROM ranked WHERE entity = 'stock' GROUP BY item_id, location_id) AS r ON r.item_id = d.item_id AND r.location_id = d.location_id
WHERE $stock;
