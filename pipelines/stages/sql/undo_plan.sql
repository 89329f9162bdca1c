-- The plan that takes a run back: what it wrote, turned round, where the store still holds exactly that.
-- Grain: one row per receipt, per part of a record that is made again, and per receipt that cannot be taken back (dropped, with why).
-- Inputs: receipts, target_*, source_variants, kept_*, strangers, sync.links, sync.written. Bound: $connection, $undo,
-- $hides_variants: the connection takes single variants off sale.
--   field, level, image   its value before, where the store holds what the run wrote; else it is left and named
--   shown, hidden         the other one
--   created product       hidden, never deleted: a deletion needs the till's word, and the shop may have added to it
--   created variant       no longer for sale, where that can be; the SKU that gave a product its first option stays
--   order            left: a recorded sale is a fact, which only the order itself takes back
--   level for the till   moved there by as many units the other way, once
--   deleted record        made again from what was kept; what it had that the till does not link is not
CREATE OR REPLACE TEMP MACRO no_blank(value) AS CASE WHEN CAST(value AS VARCHAR) NOT IN ('null', '""', '[]') THEN CAST(value AS VARCHAR) END;
CREATE OR REPLACE TEMP MACRO same_value(one, other) AS coalesce(
    TRY_CAST(CAST(one AS VARCHAR) AS DECIMAL(18, 4)) = TRY_CAST(CAST(other AS VARCHAR) AS DECIMAL(18, 4)), no_blank(one) IS NOT DISTINCT FROM no_blank(other));
CREATE OR REPLACE TEMP MACRO wanted_again(field, value) AS field || ' ' || md5(CAST(value AS VARCHAR));

CREATE OR REPLACE TEMP TABLE taken AS
SELECT r.plan_seq, r.entity, r.level, r.action, r.item_id, r.sku, r.name, r.location_id, r.changes, coalesce(r.is_base, false) AS was_base,
       coalesce(r.target_id, CASE WHEN r.level IN ('product', 'images') THEN p.to_id ELSE l.to_id END) AS store_id,
       coalesce(v.product_id, r.item_id) AS product_id, p.to_id AS store_product
FROM receipts AS r
LEFT JOIN source_variants AS v ON v.variant_id = CASE WHEN r.level IN ('variant', 'stock') THEN r.item_id END
LEFT JOIN (FROM sync.links WHERE connection = $connection AND level = 'products') AS p ON p.from_id = coalesce(v.product_id, r.item_id)
LEFT JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants') AS l ON l.from_id = r.item_id
WHERE r.run_id = $undo AND r.entity <> 'orders' AND (r.outcome IN ('ok', 'unknown') OR r.outcome = 'exists' AND r.action = 'create');
-- What stands under the id by now may be another record (`link.sql`): what the run wrote is not in the store any more.
UPDATE taken SET store_id = NULL FROM strangers AS s
WHERE taken.action <> 'delete' AND s.level = CASE WHEN taken.level IN ('product', 'images') THEN 'products' ELSE 'variants' END
  AND s.from_id = taken.item_id AND s.to_id = taken.store_id;
-- So may what stands under the id of one that was made again since: its link is of the new one.
UPDATE taken SET store_id = NULL FROM sync.links AS l
WHERE taken.action <> 'delete' AND l.connection = $connection
  AND l.level = CASE WHEN taken.level IN ('product', 'images') THEN 'products' ELSE 'variants' END
  AND l.from_id = taken.item_id AND l.state = 'linked' AND l.to_id <> taken.store_id;
-- What a run took to the till goes back there; how many units the till has of it by now does not matter.
CREATE OR REPLACE TEMP TABLE adoptions_back AS
SELECT r.item_id, r.sku, r.name, r.location_id, i.outlet, -CAST(r.changes -> 'units' ->> 'after' AS DECIMAL(18, 4)) AS units, r.outcome, k.on_hand,
       md5('back|' || (r.changes -> 'adoption' ->> 'after')) AS id, v.deleted_at IS NULL AND v.variant_id IS NOT NULL AS there
FROM (FROM receipts WHERE run_id = $undo AND action = 'adopt' AND outcome IN ('ok', 'exists', 'unknown')) AS r
JOIN (SELECT document ->> 'id' AS id, any_value(document ->> 'outlet') AS outlet FROM sync.intents WHERE action = 'adopt' GROUP BY document ->> 'id') AS i
    ON i.id = (r.changes -> 'adoption' ->> 'after')
LEFT JOIN source_stock AS k ON k.variant_id = r.item_id AND k.location_id = i.outlet
LEFT JOIN source_variants AS v ON v.variant_id = r.item_id;
DELETE FROM taken WHERE action = 'adopt';
CREATE OR REPLACE TEMP TABLE orders_left AS
SELECT CASE level WHEN 'stock' THEN 'sale' ELSE level END AS level, item_id, arg_min(action, plan_seq) AS action, any_value(name) AS name, any_value(target_id) AS target_id
FROM receipts
WHERE run_id = $undo AND entity = 'orders' AND action <> 'find' AND outcome IN ('ok', 'exists', 'unknown')
GROUP BY ALL;
-- The first level of what the run created stays with it.
DELETE FROM taken
WHERE level = 'stock' AND (changes -> 'on_hand' ->> 'before') IS NULL
  AND (product_id IN (SELECT item_id FROM taken WHERE level = 'product' AND action = 'create') OR item_id IN (SELECT item_id FROM taken WHERE level = 'variant' AND action = 'create'));
CREATE OR REPLACE TEMP TABLE product_now AS
SELECT t.product_id AS store_id, to_json(t) AS record FROM target_products AS t WHERE t.product_id IN (SELECT store_id FROM taken UNION SELECT store_product FROM taken);
CREATE OR REPLACE TEMP TABLE variant_now AS
SELECT t.variant_id AS store_id, t.product_id AS store_product, t.is_base, to_json(t) AS record FROM target_variants AS t WHERE t.variant_id IN (SELECT store_id FROM taken);
CREATE OR REPLACE TEMP TABLE shown_pictures AS
SELECT item_id, value AS url FROM sync.written WHERE connection = $connection AND field = 'image' AND (value ->> '$') <> '';

-- Field by field: what it was, what was written, what stands now.
CREATE OR REPLACE TEMP TABLE taken_fields AS
WITH fields AS (
    SELECT t.plan_seq, t.level, t.item_id, t.store_id, t.location_id, k.key AS field, k.value -> 'before' AS was, k.value -> 'after' AS wrote
    FROM (FROM taken WHERE action IN ('update', 'hide', 'publish', 'set') AND level <> 'images') AS t, json_each(t.changes) AS k
),
standing AS (
    SELECT f.*, CASE f.level WHEN 'product' THEN p.store_id WHEN 'variant' THEN v.store_id ELSE s.variant_id END IS NOT NULL AS stands,
           CASE f.level WHEN 'product' THEN p.record -> f.field WHEN 'stock' THEN to_json(s.on_hand)
                        ELSE CASE WHEN f.field = 'image' THEN coalesce(w.url, v.record -> 'image') ELSE v.record -> f.field END END AS now
    FROM fields AS f
    LEFT JOIN product_now AS p ON p.store_id = CASE WHEN f.level = 'product' THEN f.store_id END
    LEFT JOIN variant_now AS v ON v.store_id = CASE WHEN f.level = 'variant' THEN f.store_id END
    LEFT JOIN target_stock AS s ON s.variant_id = CASE WHEN f.level = 'stock' THEN f.store_id END AND s.location_id = f.location_id
    LEFT JOIN shown_pictures AS w ON w.item_id = f.item_id
)
SELECT *, CASE WHEN NOT stands THEN 'it is not in the store any more'
               WHEN same_value(now, was) THEN 'it is back already: ' || field
               WHEN NOT same_value(now, wrote) THEN 'the store no longer holds what that run wrote: ' || field
               WHEN level = 'stock' AND no_blank(was) IS NULL THEN 'there was no level before' END AS left_because
FROM standing;
CREATE OR REPLACE TEMP TABLE fields_back AS
SELECT plan_seq, left_because IS NULL AS back, string_agg(DISTINCT left_because, '; ' ORDER BY left_because) AS why,
       CAST('{' || string_agg(to_json(field) || ':' || json_object('before', now, 'after', was), ',' ORDER BY field) || '}' AS JSON) AS changes,
       list_sort(list(wanted_again(field, wrote))) AS wanted,
       CAST('{' || string_agg(to_json(field) || ':' || json_object('before', was, 'after', wrote), ',' ORDER BY field) || '}' AS JSON) AS again
FROM taken_fields GROUP BY plan_seq, left_because IS NULL;

-- Images: the list of ours as it stands, and the one before it.
CREATE OR REPLACE TEMP TABLE images_back AS
WITH lists AS (
    SELECT t.plan_seq, t.item_id, t.changes -> 'images' -> 'after' AS wrote, from_json(t.changes -> 'images' -> 'before',
               '[{"image_id":"VARCHAR","url":"VARCHAR","position":"INTEGER","variant_id":"VARCHAR","store_image_id":"VARCHAR"}]') AS was,
           from_json(t.changes -> 'images' -> 'after',
               '[{"image_id":"VARCHAR","url":"VARCHAR","position":"INTEGER","variant_id":"VARCHAR","store_image_id":"VARCHAR"}]') AS sent,
           from_json(w.value, '[{"image_id":"VARCHAR","url":"VARCHAR","position":"INTEGER","variant_id":"VARCHAR","store_image_id":"VARCHAR"}]') AS ours,
           coalesce(s.ids, []) AS ids, p.store_id IS NOT NULL AS stands
    FROM (FROM taken WHERE level = 'images') AS t
    LEFT JOIN product_now AS p ON p.store_id = t.store_id
    LEFT JOIN (FROM sync.written WHERE connection = $connection AND field = 'images') AS w ON w.item_id = t.item_id
    LEFT JOIN (SELECT product_id, list(image_id) AS ids FROM target_images GROUP BY product_id) AS s ON s.product_id = t.store_id
),
standing AS (
    SELECT *, list_filter(coalesce(ours, []), lambda one: list_contains(ids, one.store_image_id)) AS now FROM lists
)
SELECT plan_seq, item_id, wrote,
       CAST(json_object('images', json_object('before', to_json(now), 'after', to_json(list_transform(coalesce(was, []), lambda one: {
           'image_id': coalesce(one.image_id, 'was ' || one.store_image_id), 'url': one.url, 'position': one.position, 'variant_id': one.variant_id,
           'store_image_id': CASE WHEN list_contains(ids, one.store_image_id) THEN one.store_image_id END})))) AS JSON) AS changes,
       CASE WHEN NOT stands THEN 'it is not in the store any more'
            WHEN list_transform(now, lambda one: coalesce(one.image_id, '') || '|' || one.url)
                 IS DISTINCT FROM list_transform(coalesce(sent, []), lambda one: coalesce(one.image_id, '') || '|' || one.url)
            THEN 'the store no longer holds the images that run wrote' END AS left_because
FROM standing;

-- Deleted records, from what was kept: every field that is not blank. One that was made again since is back already.
CREATE OR REPLACE TEMP TABLE back_already AS
SELECT t.plan_seq
FROM (FROM taken WHERE action = 'delete') AS t
JOIN (FROM sync.links WHERE connection = $connection AND state = 'linked') AS l ON l.level = t.level || 's' AND l.from_id = t.item_id AND l.to_id <> t.store_id;
CREATE OR REPLACE TEMP TABLE made_again AS
SELECT t.plan_seq, 'product' AS level, t.item_id, NULL::VARCHAR AS sku, coalesce(k.name, t.name) AS name, 'created:' || t.item_id AS target_id, NULL::VARCHAR AS parent_target_id,
       t.item_id AS parent_item_id, NULL::VARCHAR AS location_id, false AS is_base, to_json(k) AS record
FROM (FROM taken ANTI JOIN back_already USING (plan_seq) WHERE level = 'product' AND action = 'delete') AS t JOIN kept_products AS k ON k.product_id = t.store_id
UNION ALL
SELECT t.plan_seq, 'variant', l.from_id, k.sku, t.name, 'created:' || l.from_id, CASE WHEN t.level = 'product' THEN 'created:' || t.item_id ELSE coalesce(t.store_product, k.product_id) END,
       t.product_id, NULL, false, to_json(k)
FROM (FROM taken ANTI JOIN back_already USING (plan_seq) WHERE level = 'product' AND action = 'delete'
      UNION ALL
      FROM taken ANTI JOIN back_already USING (plan_seq) WHERE level = 'variant' AND action = 'delete' AND product_id NOT IN (SELECT from_id FROM strangers WHERE level = 'products')) AS t
JOIN kept_variants AS k ON k.variant_id = CASE WHEN t.level = 'variant' THEN t.store_id ELSE k.variant_id END
    AND k.product_id = CASE WHEN t.level = 'variant' THEN k.product_id ELSE t.store_id END
JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants') AS l ON l.to_id = k.variant_id;
CREATE OR REPLACE TEMP TABLE records_back AS
SELECT m.* EXCLUDE (record), CAST('{' || string_agg(to_json(k.key) || ':' || json_object('before', NULL, 'after', k.value), ',' ORDER BY k.key) || '}' AS JSON) AS changes
FROM made_again AS m, json_each(m.record) AS k
WHERE no_blank(k.value) IS NOT NULL
  AND k.key NOT IN ('product_id', 'variant_id', 'handle', 'has_variants', 'is_composite', 'position', 'is_base', 'image', 'created_at', 'made_for', 'changed_at', 'version', 'deleted_at', 'defects',
                    'weight_unit', 'dimensions_unit', 'price_including_tax', 'price_excluding_tax')
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE undo_rows AS
SELECT CASE WHEN t.level = 'stock' THEN CASE WHEN CAST(f.changes -> 'on_hand' ->> 'after' AS DECIMAL(18, 4)) < CAST(f.changes -> 'on_hand' ->> 'before' AS DECIMAL(18, 4))
                                             THEN 'stock_decrease' ELSE 'stock_increase' END
            WHEN t.action = 'hide' THEN 'publish' WHEN t.action = 'publish' THEN 'unpublish' ELSE 'catalogue' END AS phase,
       t.entity, t.level, CASE t.action WHEN 'hide' THEN 'publish' WHEN 'publish' THEN 'hide' ELSE t.action END AS action,
       t.item_id, t.sku, t.name, t.store_id AS target_id, coalesce(v.store_product, t.store_product) AS parent_target_id,
       CASE WHEN t.level <> 'product' THEN t.product_id END AS parent_item_id, t.location_id, coalesce(v.is_base, false) AS is_base,
       f.changes, CASE WHEN f.back THEN 'planned' ELSE 'dropped' END AS state, f.why AS reason, f.wanted, f.again
FROM fields_back AS f JOIN taken AS t USING (plan_seq)
LEFT JOIN (SELECT variant_id AS store_id, product_id AS store_product, is_base FROM target_variants) AS v ON v.store_id = CASE WHEN t.level <> 'product' THEN t.store_id END
UNION ALL
SELECT 'catalogue', t.entity, 'images', 'update', t.item_id, t.sku, t.name, t.store_id, NULL, t.item_id, NULL, false, i.changes,
       CASE WHEN i.left_because IS NULL THEN 'planned' ELSE 'dropped' END, i.left_because, [wanted_again('images', i.wrote)], t.changes
FROM images_back AS i JOIN taken AS t USING (plan_seq)
UNION ALL
SELECT 'unpublish', t.entity, 'product', 'hide', t.item_id, t.sku, t.name, t.store_id, NULL, NULL, NULL, false,
       json_object('is_active', json_object('before', true, 'after', false)),
       CASE WHEN (p.record ->> 'is_active') = 'true' THEN 'planned' ELSE 'dropped' END,
       CASE WHEN p.store_id IS NULL THEN 'it is not in the store any more' WHEN (p.record ->> 'is_active') <> 'true' THEN 'it is hidden already' END,
       [wanted_again('is_active', 'true')], json_object('is_active', json_object('before', false, 'after', true))
FROM (FROM taken WHERE level = 'product' AND action = 'create') AS t LEFT JOIN product_now AS p ON p.store_id = t.store_id
UNION ALL
SELECT 'catalogue', t.entity, 'variant', 'update', t.item_id, t.sku, t.name, t.store_id, v.store_product, t.product_id, NULL, false,
       json_object('is_active', json_object('before', true, 'after', false)),
       CASE WHEN NOT t.was_base AND NOT v.is_base AND (v.record ->> 'is_active') = 'true' AND $hides_variants THEN 'planned' ELSE 'dropped' END,
       CASE WHEN v.store_id IS NULL THEN 'it is not in the store any more' WHEN t.was_base OR v.is_base THEN 'it carries its product''s first option, which stays'
            WHEN NOT $hides_variants THEN 'the store hides whole products alone: it stays on sale until it is deleted there or at the till'
            WHEN (v.record ->> 'is_active') <> 'true' THEN 'it is not for sale already' END, NULL, NULL
FROM (FROM taken WHERE level = 'variant' AND action = 'create') AS t LEFT JOIN variant_now AS v ON v.store_id = t.store_id
UNION ALL
SELECT 'catalogue', 'products', r.level, 'create', r.item_id, r.sku, r.name, r.target_id, r.parent_target_id, CASE WHEN r.level = 'variant' THEN r.parent_item_id END,
       NULL, false, r.changes, 'planned', NULL,
       CASE WHEN r.level = t.level THEN [wanted_again('deleted', 'true')] END, CASE WHEN r.level = t.level THEN json_object('deleted', json_object('before', false, 'after', true)) END
FROM records_back AS r JOIN taken AS t USING (plan_seq)
UNION ALL
SELECT 'stock_increase', 'stock', 'stock', 'set', m.item_id, m.sku, m.name, m.target_id, m.parent_target_id, m.parent_item_id, s.location_id, false,
       json_object('on_hand', json_object('before', NULL, 'after', s.on_hand)), 'planned', NULL, NULL, NULL
FROM (FROM made_again WHERE level = 'variant') AS m
JOIN (SELECT l.from_id, k.* FROM kept_levels AS k JOIN sync.links AS l ON l.connection = $connection AND l.level = 'variants' AND l.to_id = k.variant_id) AS s ON s.from_id = m.item_id
WHERE s.on_hand IS NOT NULL
UNION ALL
SELECT 'catalogue', t.entity, t.level, 'create', t.item_id, t.sku, t.name, NULL, NULL, NULL, NULL, false, json_object('deleted', json_object('before', true, 'after', false)), 'dropped',
       CASE WHEN t.plan_seq IN (FROM back_already) THEN 'it is back already' ELSE 'nothing was kept of it' END, NULL, NULL
FROM taken AS t WHERE t.action = 'delete' AND t.plan_seq NOT IN (SELECT plan_seq FROM records_back)
UNION ALL
SELECT 'orders', 'stock', 'stock', 'adopt', a.item_id, a.sku, a.name, a.item_id, a.outlet, NULL, a.location_id, false,
       json_object('on_hand', json_object('before', a.on_hand, 'after', a.on_hand + a.units), 'units', json_object('before', NULL, 'after', a.units),
                   'adoption', json_object('before', NULL, 'after', a.id)),
       CASE WHEN a.outcome <> 'unknown' AND a.there THEN 'planned' ELSE 'dropped' END,
       CASE WHEN a.outcome = 'unknown' THEN 'whether it reached the till is not known' WHEN NOT a.there THEN 'the till does not have it any more' END, NULL, NULL
FROM adoptions_back AS a
UNION ALL
SELECT 'orders', 'orders', o.level, o.action, o.item_id, NULL, o.name, o.target_id, NULL, NULL, NULL, false, NULL, 'dropped',
       CASE o.level WHEN 'sale' THEN 'what was recorded at the till stays: only its order, or staff at the till, changes it'
                    ELSE 'it stays at the till with the sales it is part of' END, NULL, NULL
FROM orders_left AS o;
CREATE OR REPLACE TEMP TABLE numbered AS
SELECT CAST(row_number() OVER (ORDER BY list_position(['stock_decrease', 'unpublish', 'catalogue', 'publish', 'stock_increase'], phase),
                                        list_position(['product', 'variant', 'images', 'stock'], level), coalesce(parent_item_id, item_id), item_id, location_id, state DESC) AS INTEGER) AS seq, *
FROM undo_rows;
CREATE OR REPLACE TABLE plan AS
SELECT seq, phase, entity, level, action, item_id, sku, name, target_id, parent_target_id, parent_item_id, location_id, is_base, changes, state,
       CASE WHEN state = 'dropped' THEN 'left' END AS class, reason, NULL::VARCHAR AS rule, NULL::VARCHAR AS hold_id
FROM numbered;
-- What the next sync would send again, by plan row.
CREATE OR REPLACE TEMP TABLE undo_marks AS
SELECT n.seq, substr(md5(concat_ws('|', $undo, $run_id, n.seq)), 1, 10) AS hold_id, n.entity, n.level, n.item_id, n.location_id, n.target_id,
       coalesce(n.sku, (SELECT min(v.sku) FROM source_variants AS v WHERE v.product_id = n.item_id)) AS sku, n.name, n.wanted, n.again
FROM numbered AS n WHERE n.wanted IS NOT NULL;
