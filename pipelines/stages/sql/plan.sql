-- The plan of one connection over all its entities: what would be sent, in the order it would be sent.
-- Grain: one row per level and item. Inputs: *_desired, *_link, target_*, field_rules, work_set, sync.*.
-- Bound: $connection, $unpublish_mode, $publish, $listed, $recreate, $on_delete, $republish, $products, $stock.
-- A NULL in *_desired is no opinion (I-21); '' and [] empty the field. Lists we share keep what others wrote.
CREATE OR REPLACE TEMP TABLE no_text AS SELECT unnest(['null', '""', '[]', NULL]) AS text;

-- Where each till product of the work set stands.
CREATE OR REPLACE TEMP TABLE scope AS
SELECT p.product_id AS item_id, p.name, p.deleted_at IS NOT NULL AS deleted, l.to_id AS target_id, l.state, l.match_key, l.reason,
       CASE
           WHEN l.state = 'unlinked' THEN 'out'
           WHEN r.item_id IS NOT NULL AND l.state IN ('linked', 'broken') THEN 'unpublish'
           WHEN p.deleted_at IS NOT NULL AND l.state = 'linked' THEN 'delete'
           WHEN p.deleted_at IS NOT NULL THEN 'out'
           WHEN l.state = 'linked' THEN 'update'
           WHEN l.state = 'conflict' THEN 'conflict'
           WHEN l.state = 'proposed' THEN 'proposed'
           WHEN l.state = 'broken' AND NOT $recreate THEN 'out'
           WHEN $publish = 'all' OR l.state = 'broken' THEN 'create'
           WHEN $publish = 'listed' AND EXISTS (
               FROM source_variants AS v WHERE v.product_id = p.product_id AND list_contains(CAST($listed AS VARCHAR[]), v.sku)) THEN 'create'
           ELSE 'out'
       END AS what,
       CASE
           WHEN l.state = 'unlinked' THEN 'unlinked: ' || coalesce(l.reason, 'by a person')
           WHEN p.deleted_at IS NOT NULL AND l.state <> 'linked' THEN 'deleted at the till and not linked'
           WHEN l.state = 'broken' THEN 'the linked store product is gone; `recreate_missing: true` would create it again'
           WHEN $publish = 'listed' THEN 'not linked and its SKU is not in `publish_list`'
           ELSE 'not linked; `publish: all` would create it in the store'
       END AS out_reason
FROM source_products AS p
JOIN work_set AS w ON w.entity = 'products' AND w.item_id = p.product_id
JOIN products_link AS l ON l.from_id = p.product_id
LEFT JOIN (SELECT DISTINCT item_id FROM sync.requests WHERE connection = $connection AND action = 'unpublish' AND done_run IS NULL) AS r
    ON r.item_id = p.product_id
WHERE $products;

-- Hidden products: the content that was hidden, and whether a later change republished it (C-01).
CREATE OR REPLACE TEMP TABLE content AS
SELECT d.item_id, hash(d.row_hash, v.hashes, i.row_hash) AS content_hash, s.version
FROM (SELECT item_id, hash(*COLUMNS(* EXCLUDE (item_id, row_hash, is_active))) AS row_hash FROM products_desired) AS d
LEFT JOIN (SELECT parent_item_id, bit_xor(row_hash) AS hashes FROM variants_desired GROUP BY parent_item_id) AS v
    ON v.parent_item_id = d.item_id
LEFT JOIN (SELECT item_id, row_hash FROM images_desired) AS i ON i.item_id = d.item_id
JOIN source_products AS s ON s.product_id = d.item_id;
CREATE OR REPLACE TEMP TABLE visible AS
SELECT d.item_id, c.content_hash, c.version, d.is_active AS shown_at_till,
       d.is_active OR ($republish AND h.product_id IS NOT NULL
                       AND (h.republished OR h.content_hash <> c.content_hash)) AS is_active,
       h.product_id IS NOT NULL AS was_hidden
FROM products_desired AS d
JOIN content AS c USING (item_id)
LEFT JOIN (FROM sync.hidden WHERE connection = $connection) AS h ON h.product_id = d.item_id;

-- Desired and observed side by side, the shared lists merged with what others wrote.
CREATE OR REPLACE TEMP TABLE ours AS
SELECT item_id, field, value FROM sync.written WHERE connection = $connection;
CREATE OR REPLACE TEMP TABLE product_pairs AS
SELECT s.item_id, s.name, s.what, s.target_id, t.product_id IS NOT NULL AS stands,
       to_json(d) AS desired, to_json(t) AS observed
FROM scope AS s
JOIN (
    SELECT d.* REPLACE (
        v.is_active AS is_active,
        CASE WHEN d.search_keywords IS NULL THEN NULL ELSE list_sort(list_distinct(list_concat(
            list_filter(coalesce(t.search_keywords, []), lambda word: NOT list_contains(
                coalesce(from_json(k.value, '["VARCHAR"]'), []), word)), d.search_keywords))) END AS search_keywords,
        CASE WHEN d.custom_fields IS NULL THEN NULL ELSE list_sort(list_distinct(list_concat(
            list_filter(coalesce(t.custom_fields, []), lambda entry: NOT list_contains(
                list_concat(coalesce(from_json(f.value, '["VARCHAR"]'), []), list_transform(d.custom_fields, lambda own: own.name)),
                entry.name)), d.custom_fields))) END AS custom_fields)
    FROM products_desired AS d
    JOIN visible AS v USING (item_id)
    JOIN scope AS s USING (item_id)
    LEFT JOIN target_products AS t ON t.product_id = s.target_id AND s.what = 'update'
    LEFT JOIN ours AS k ON k.item_id = d.item_id AND k.field = 'search_keywords'
    LEFT JOIN ours AS f ON f.item_id = d.item_id AND f.field = 'custom_fields'
) AS d ON d.item_id = s.item_id
LEFT JOIN target_products AS t ON t.product_id = s.target_id AND s.what = 'update'
WHERE s.what IN ('create', 'update');

-- Products that stand without options and are to have variants (S000-20): their only variant ends with the first that has
-- options, so the SKU it is linked to is made anew with the others; is_base marks that SKU.
CREATE OR REPLACE TEMP TABLE first_options AS
SELECT s.item_id
FROM scope AS s
JOIN source_products AS p ON p.product_id = s.item_id
JOIN source_variants AS v ON v.product_id = s.item_id AND v.deleted_at IS NULL
JOIN variants_link AS l ON l.from_id = v.variant_id
LEFT JOIN target_variants AS t ON t.variant_id = l.to_id AND l.state = 'linked'
WHERE s.what = 'update' AND len(p.option_names) > 0
GROUP BY s.item_id
HAVING bool_or(coalesce(t.is_base, false)) AND bool_or(l.state IN ('none', 'broken'));

-- A variant's own picture (S000-17): the store shows it at an address of its own, so what was sent stands for it. A picture
-- that is the product's first needs none; one that was sent and is no more wanted is taken back.
CREATE OR REPLACE TEMP TABLE sent_pictures AS
SELECT item_id, value ->> '$' AS url FROM sync.written WHERE connection = $connection AND field = 'image';
CREATE OR REPLACE TEMP TABLE variant_wishes AS
SELECT d.* REPLACE (
    CASE WHEN len(p.option_names) > 0 AND (f.item_id IS NOT NULL OR NOT coalesce(t.is_base, false))
              AND d.image IS DISTINCT FROM i.images[1].url THEN d.image END AS image)
FROM variants_desired AS d
JOIN scope AS s ON s.item_id = d.parent_item_id
JOIN source_products AS p ON p.product_id = d.parent_item_id
LEFT JOIN images_desired AS i ON i.item_id = d.parent_item_id
LEFT JOIN variants_link AS l ON l.from_id = d.item_id
LEFT JOIN target_variants AS t ON t.variant_id = l.to_id
LEFT JOIN first_options AS f ON f.item_id = d.parent_item_id;
UPDATE variant_wishes SET image = ''
FROM sent_pictures AS w WHERE w.item_id = variant_wishes.item_id AND w.url <> '' AND variant_wishes.image IS NULL;
CREATE OR REPLACE TEMP TABLE variant_shown AS
SELECT l.from_id, t.* REPLACE (CASE WHEN t.image IS NOT NULL THEN coalesce(w.url, t.image) END AS image)
FROM variants_link AS l
JOIN scope AS s ON s.item_id = l.product_id
JOIN target_variants AS t ON t.variant_id = l.to_id
LEFT JOIN sent_pictures AS w ON w.item_id = l.from_id;

CREATE OR REPLACE TEMP TABLE variant_pairs AS
SELECT d.item_id, d.parent_item_id, s.name, src.sku, s.target_id AS parent_target_id,
       CASE WHEN l.state = 'linked' AND s.what = 'update' AND NOT (f.item_id IS NOT NULL AND coalesce(t.is_base, false))
            THEN 'update' ELSE 'create' END AS what,
       l.to_id AS target_id, t.variant_id IS NOT NULL AND s.what = 'update' AND NOT (f.item_id IS NOT NULL AND t.is_base) AS stands,
       coalesce(t.is_base, false) AS is_base,
       l.state AS link_state, l.reason AS link_reason, s.what AS product_what,
       to_json(d) AS desired, CASE WHEN s.what = 'update' THEN to_json(t) END AS observed
FROM variant_wishes AS d
JOIN scope AS s ON s.item_id = d.parent_item_id AND s.what IN ('create', 'update', 'proposed', 'conflict')
JOIN source_variants AS src ON src.variant_id = d.item_id AND src.deleted_at IS NULL
JOIN variants_link AS l ON l.from_id = d.item_id
LEFT JOIN first_options AS f ON f.item_id = d.parent_item_id
LEFT JOIN variant_shown AS t ON t.variant_id = l.to_id AND t.from_id = d.item_id;

-- One row per field that differs. once_… fields go at creation only.
CREATE OR REPLACE TEMP TABLE differences AS
SELECT p.level, p.item_id, rule.to_field AS field, rule.rule,
       CASE WHEN p.stands THEN p.observed -> rule.to_field END AS before, p.desired -> rule.to_field AS after
FROM (SELECT 'product' AS level, item_id, what, stands, desired, observed FROM product_pairs
      UNION ALL
      SELECT 'variant', item_id, what, stands, desired, observed FROM variant_pairs) AS p
JOIN (SELECT DISTINCT ON (entity, to_field) entity, to_field, on_create, on_update, array_to_string(rules, ' ') AS rule
      FROM field_rules WHERE sends) AS rule
    ON rule.entity = p.level || 's'
   AND CASE WHEN p.stands THEN rule.on_update ELSE rule.on_create END
WHERE (p.desired -> rule.to_field) IS NOT NULL AND CAST(p.desired -> rule.to_field AS VARCHAR) <> 'null'
  AND (CAST(p.desired -> rule.to_field AS VARCHAR) IS DISTINCT FROM CAST(p.observed -> rule.to_field AS VARCHAR) OR NOT p.stands)
  AND NOT (CAST(p.desired -> rule.to_field AS VARCHAR) IN ('""', '[]')
           AND coalesce(CAST(p.observed -> rule.to_field AS VARCHAR), 'null') IN ('null', '""', '[]'));

CREATE OR REPLACE TEMP TABLE changed_fields AS
SELECT level, item_id, json_group_object(field, json_object('before', before, 'after', after)) AS changes,
       string_agg(DISTINCT rule, ' ') AS rule
FROM differences
WHERE NOT (level = 'product' AND field = 'is_active' AND before IS NOT NULL)
GROUP BY level, item_id;

-- Images: the till's list against what we wrote; without that, against what the store shows.
CREATE OR REPLACE TEMP TABLE image_rows AS
SELECT d.item_id, s.what, s.target_id, s.name, d.images AS after, w.value IS NOT NULL AS sent_before,
       CASE WHEN s.what = 'create' THEN []
            WHEN w.value IS NOT NULL THEN list_filter(from_json(w.value,
                '[{"image_id":"VARCHAR","url":"VARCHAR","position":"INTEGER","variant_id":"VARCHAR","store_image_id":"VARCHAR"}]'),
                lambda image: list_contains(coalesce(t.ids, []), image.store_image_id))
            ELSE coalesce(t.images, []) END AS before
FROM images_desired AS d
JOIN scope AS s ON s.item_id = d.item_id AND s.what IN ('create', 'update')
LEFT JOIN ours AS w ON w.item_id = d.item_id AND w.field = 'images' AND s.what = 'update'
LEFT JOIN (
    SELECT product_id, list(image_id) AS ids,
           list({'image_id': NULL::VARCHAR, 'url': url, 'position': position, 'variant_id': variant_id,
                 'store_image_id': image_id} ORDER BY position) AS images
    FROM target_images GROUP BY product_id) AS t ON t.product_id = s.target_id
WHERE d.images IS NOT NULL;

-- Stock: only where the level that is safe to show differs from what the store shows (I-8). What it shows while it does
-- not count the product says nothing of the level it has once it does.
CREATE OR REPLACE TEMP TABLE stock_rows AS
SELECT d.item_id, d.location_id, v.sku, p.name, d.on_hand AS after, CASE WHEN k.item_id IS NULL AND f.item_id IS NULL THEN t.on_hand END AS before,
       CASE WHEN l.to_id IS NULL OR f.item_id IS NOT NULL THEN 'created:' || d.item_id ELSE l.to_id END AS target_id, s.product_id AS parent_item_id,
       f.item_id IS NULL AND coalesce(tv.is_base, len(coalesce(p.option_names, [])) = 0) AS is_base,
       coalesce(l.to_product_id, CASE WHEN pl.state = 'linked' THEN pl.to_id END) AS parent_target_id, l.state AS link_state, p.deleted_at
FROM stock_desired AS d
JOIN source_variants AS v ON v.variant_id = d.item_id AND v.deleted_at IS NULL
JOIN source_products AS p ON p.product_id = v.product_id
JOIN variants_link AS l ON l.from_id = d.item_id
JOIN source_variants AS s ON s.variant_id = d.item_id
LEFT JOIN products_link AS pl ON pl.from_id = v.product_id
LEFT JOIN target_variants AS tv ON tv.variant_id = l.to_id
LEFT JOIN target_stock AS t ON t.variant_id = l.to_id AND t.location_id = d.location_id
LEFT JOIN differences AS k ON k.level = 'product' AND k.item_id = v.product_id AND k.field = 'stock_tracking'
LEFT JOIN first_options AS f ON f.item_id = v.product_id
WHERE $stock AND d.on_hand IS NOT NULL
  AND (f.item_id IS NOT NULL OR d.item_id IN (SELECT item_id FROM work_set WHERE entity = 'stock'));

CREATE OR REPLACE TABLE plan AS
WITH rows AS (
    SELECT 'catalogue' AS phase, 'products' AS entity, 'product' AS level, p.what AS action, p.item_id, NULL::VARCHAR AS sku,
           p.name, coalesce(CASE WHEN p.what = 'update' THEN p.target_id END, 'created:' || p.item_id) AS target_id,
           NULL::VARCHAR AS parent_target_id, NULL::VARCHAR AS parent_item_id, NULL::VARCHAR AS location_id, false AS is_base,
           c.changes, c.rule, 1 AS rank
    FROM product_pairs AS p
    JOIN changed_fields AS c ON c.level = 'product' AND c.item_id = p.item_id
    UNION ALL
    SELECT CASE WHEN CAST(d.after AS BOOLEAN) THEN 'publish' ELSE 'unpublish' END, 'products', 'product',
           CASE WHEN CAST(d.after AS BOOLEAN) THEN 'publish' ELSE 'hide' END, p.item_id, NULL, p.name, p.target_id, NULL, NULL, NULL, false,
           json_object('is_active', json_object('before', d.before, 'after', d.after)), d.rule, 1
    FROM product_pairs AS p
    JOIN differences AS d ON d.level = 'product' AND d.item_id = p.item_id AND d.field = 'is_active' AND p.what = 'update'
    UNION ALL
    SELECT 'catalogue', 'products', 'variant', v.what, v.item_id, v.sku, v.name,
           CASE WHEN v.what = 'update' THEN v.target_id ELSE 'created:' || v.item_id END,
           coalesce(CASE WHEN v.product_what = 'update' THEN v.parent_target_id END, 'created:' || v.parent_item_id),
           v.parent_item_id, NULL, v.is_base, c.changes, c.rule, 2
    FROM variant_pairs AS v
    JOIN changed_fields AS c ON c.level = 'variant' AND c.item_id = v.item_id
    WHERE v.product_what IN ('create', 'update') AND v.link_state IN ('none', 'linked', 'broken')
    UNION ALL
    SELECT 'catalogue', 'products', 'images', 'update', i.item_id, NULL, i.name,
           CASE WHEN i.what = 'update' THEN i.target_id ELSE 'created:' || i.item_id END, NULL, i.item_id, NULL, false,
           json_object('images', json_object('before', to_json(i.before), 'after', to_json(i.after))), 'S000-17', 3
    FROM image_rows AS i
    WHERE list_transform(i.before, lambda x: coalesce(x.image_id, '') || '|' || x.url || '|' || coalesce(x.variant_id, ''))
          IS DISTINCT FROM list_transform(i.after, lambda x: coalesce(x.image_id, '') || '|' || x.url || '|' || coalesce(x.variant_id, ''))
      AND (len(i.after) > 0 OR i.sent_before)
    UNION ALL
    SELECT CASE WHEN $on_delete = 'hide' THEN 'unpublish' ELSE 'catalogue' END, 'products', 'product',
           CASE WHEN $on_delete = 'hide' THEN 'hide' ELSE 'delete' END, s.item_id, NULL, s.name, s.target_id, NULL, NULL, NULL, false,
           CASE WHEN $on_delete = 'hide' THEN json_object('is_active', json_object('before', t.is_active, 'after', false))
                ELSE json_object('deleted', json_object('before', false, 'after', true)) END, 'S000-58', 9
    FROM scope AS s
    JOIN target_products AS t ON t.product_id = s.target_id
    WHERE s.what = 'delete' AND ($on_delete <> 'hide' OR t.is_active)
    UNION ALL
    SELECT 'unpublish', 'products', 'product', 'hide', s.item_id, NULL, s.name, s.target_id, NULL, NULL, NULL, false,
           json_object('is_active', json_object('before', true, 'after', false)), 'S000-51', 1
    FROM scope AS s
    JOIN target_products AS t ON t.product_id = s.target_id
    WHERE s.what = 'unpublish' AND $unpublish_mode = 'hide' AND t.is_active
    UNION ALL
    SELECT 'catalogue', 'products', 'variant', 'delete', v.variant_id, v.sku, s.name, l.to_id, s.target_id, v.product_id, NULL, false,
           json_object('deleted', json_object('before', false, 'after', true)), 'S000-50', 9
    FROM source_variants AS v
    JOIN scope AS s ON s.item_id = v.product_id AND s.what = 'update'
    JOIN sync.links AS l ON l.connection = $connection AND l.level = 'variants' AND l.from_id = v.variant_id AND l.state = 'linked'
    JOIN target_variants AS t ON t.variant_id = l.to_id AND NOT t.is_base
    WHERE v.deleted_at IS NOT NULL
    UNION ALL
    SELECT CASE WHEN r.before IS NOT NULL AND r.after < r.before THEN 'stock_decrease' ELSE 'stock_increase' END,
           'stock', 'stock', 'set', r.item_id, r.sku, r.name, r.target_id,
           coalesce(r.parent_target_id, 'created:' || r.parent_item_id), r.parent_item_id, r.location_id, r.is_base,
           json_object('on_hand', json_object('before', r.before, 'after', r.after)), 'S000-18', 4
    FROM stock_rows AS r
    WHERE r.after IS DISTINCT FROM r.before AND r.deleted_at IS NULL
      AND (r.link_state = 'linked' OR EXISTS (
          FROM variant_pairs AS v
          WHERE v.item_id = r.item_id AND v.what = 'create' AND v.product_what IN ('create', 'update')
            AND v.link_state IN ('none', 'broken')))
)
SELECT CAST(row_number() OVER (ORDER BY
           list_position(['stock_decrease', 'unpublish', 'catalogue', 'publish', 'stock_increase'], phase),
           rank, coalesce(parent_item_id, item_id), action = 'create' AND is_base DESC, item_id, location_id) AS INTEGER) AS seq,
       phase, entity, level, action, item_id, sku, name, target_id, parent_target_id, parent_item_id, location_id, is_base,
       changes, 'planned' AS state, NULL::VARCHAR AS class, NULL::VARCHAR AS reason, rule
FROM rows;
