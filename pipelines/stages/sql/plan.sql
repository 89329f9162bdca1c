-- The plan of one connection over all its entities: what would be sent, in the order it would be sent.
-- Grain: one row per level and item. Inputs: *_pairs, *_differences (compiled: what differs, field by field), *_desired,
-- *_link, source_*, target_*, work_set, sync.links. Bound: $connection, $unpublish_mode, $on_delete, $stock, $images: whether those of
-- standing products are kept equal.

-- A variant's own picture (S000-17): the store shows it at an address of its own, so what was sent stands for it. One that
-- is the product's first picture anyway is not sent; one that was sent and is no more wanted is taken back.
CREATE OR REPLACE TEMP TABLE picture_differences (item_id VARCHAR, fields STRUCT(field VARCHAR, before JSON, after JSON, rule VARCHAR)[]);
-- Only where variant_differences has rows.
INSERT INTO picture_differences
SELECT item_id, [struct_pack(field := 'image', before := to_json(before), after := to_json(after), rule := rule)] AS fields
FROM (
    SELECT p.item_id, r.rule,
           CASE WHEN p.stands AND t.image IS NOT NULL THEN coalesce(w.url, t.image) END AS before,
           coalesce(CASE WHEN len(s.option_names) > 0 AND (NOT p.is_base OR f.item_id IS NOT NULL)
                              AND d.image IS DISTINCT FROM i.images[1].url THEN d.image END,
                    CASE WHEN w.url <> '' THEN '' END) AS after
    FROM variant_pairs AS p
    JOIN variants_desired AS d ON d.item_id = p.item_id
    JOIN source_products AS s ON s.product_id = p.parent_item_id
    CROSS JOIN (SELECT DISTINCT array_to_string(rules, ' ') AS rule FROM field_rules WHERE entity = 'variants' AND to_field = 'image' AND sends) AS r
    LEFT JOIN images_desired AS i ON i.item_id = p.parent_item_id
    LEFT JOIN first_options AS f ON f.item_id = p.parent_item_id
    LEFT JOIN target_variants AS t ON t.variant_id = CASE WHEN p.stands THEN p.target_id END
    LEFT JOIN (SELECT item_id, value ->> '$' AS url FROM sync.written WHERE connection = $connection AND field = 'image') AS w
        ON w.item_id = p.item_id
    WHERE d.image IS NOT NULL OR w.item_id IS NOT NULL
)
WHERE after <> coalesce(before, '');

-- What is shown or hidden has a row of its own once the product stands.
CREATE OR REPLACE TEMP TABLE fields_to_send (level VARCHAR, item_id VARCHAR, fields STRUCT(field VARCHAR, before JSON, after JSON, rule VARCHAR)[]);
-- Only where product_differences has rows.
INSERT INTO fields_to_send
SELECT 'product', item_id, list_filter(fields, lambda f: NOT (stands AND f.field = 'is_active')) FROM product_differences;
-- Only where variant_differences has rows.
INSERT INTO fields_to_send
SELECT 'variant', v.item_id,
       list_concat(list_filter(v.fields, lambda f: f.field <> 'image' AND (f.field <> 'option_values' OR c.item_id IS NULL)), coalesce(k.fields, []))
FROM variant_differences AS v
LEFT JOIN (FROM variant_pairs WHERE product_what = 'conflict') AS c ON c.item_id = v.item_id
LEFT JOIN picture_differences AS k ON k.item_id = v.item_id;
CREATE OR REPLACE TEMP TABLE changed_fields (level VARCHAR, item_id VARCHAR, rule VARCHAR, changes JSON);
-- Only where fields_to_send has rows.
INSERT INTO changed_fields
SELECT level, item_id,
       array_to_string(list_sort(list_distinct(flatten(list_transform(fields, lambda f: string_split(f.rule, ' '))))), ' ') AS rule,
       CAST('{' || array_to_string(list_transform(fields,
           lambda f: to_json(f.field) || ':' || json_object('before', f.before, 'after', f.after)), ',') || '}' AS JSON) AS changes
FROM fields_to_send
WHERE len(fields) > 0;
CREATE OR REPLACE TEMP TABLE shown_or_hidden (item_id VARCHAR, before JSON, after JSON, rule VARCHAR);
-- Only where product_differences has rows.
INSERT INTO shown_or_hidden
SELECT item_id, f.before, f.after, f.rule
FROM (SELECT item_id, unnest(list_filter(fields, lambda f: f.field = 'is_active')) AS f FROM product_differences WHERE stands);

-- Images: the till's list against what we wrote, as far as the store shows it and in its order; without that, against all it shows.
CREATE OR REPLACE TEMP TABLE images_shown (item_id VARCHAR, images STRUCT(image_id VARCHAR, url VARCHAR, "position" INTEGER, variant_id VARCHAR, store_image_id VARCHAR)[]);
-- Only where scope has rows.
INSERT INTO images_shown
SELECT item_id, list({'image_id': image.image_id, 'url': image.url, 'position': place, 'variant_id': image.variant_id, 'store_image_id': image.store_image_id} ORDER BY place)
FROM (
    SELECT o.item_id, o.image, CAST(row_number() OVER (PARTITION BY o.item_id ORDER BY t.position) AS INTEGER) AS place
    FROM (SELECT item_id, unnest(from_json(value, '[{"image_id":"VARCHAR","url":"VARCHAR","variant_id":"VARCHAR","store_image_id":"VARCHAR"}]')) AS image
          FROM ours WHERE field = 'images') AS o
    JOIN scope AS s ON s.item_id = o.item_id AND s.what = 'update'
    JOIN target_images AS t ON t.product_id = s.target_id AND t.image_id = o.image.store_image_id
)
GROUP BY item_id;
CREATE OR REPLACE TEMP TABLE image_rows AS
SELECT item_id, NULL::VARCHAR AS what, NULL::VARCHAR AS target_id, NULL::VARCHAR AS name, images AS after, NULL::BOOLEAN AS sent_before, images AS before
FROM images_desired LIMIT 0;
-- Only where scope has rows.
CREATE OR REPLACE TEMP TABLE image_rows AS
SELECT d.item_id, s.what, s.target_id, s.name, d.images AS after, w.value IS NOT NULL AS sent_before,
       CASE WHEN s.what = 'create' THEN []
            WHEN w.value IS NOT NULL THEN coalesce(shown.images, [])
            ELSE coalesce(foreign_images.images, []) END AS before
FROM (FROM images_desired SEMI JOIN (FROM due_parts WHERE entity = 'images') AS due USING (item_id)) AS d
JOIN scope AS s ON s.item_id = d.item_id AND s.what IN ('create', 'update')
LEFT JOIN (FROM ours WHERE field = 'images') AS w ON w.item_id = CASE WHEN s.what = 'update' THEN d.item_id END
LEFT JOIN images_shown AS shown ON shown.item_id = d.item_id
LEFT JOIN (
    SELECT product_id, list({'image_id': NULL::VARCHAR, 'url': url, 'position': position, 'variant_id': variant_id,
                             'store_image_id': image_id} ORDER BY position) AS images
    FROM target_images
    ANTI JOIN (SELECT s.target_id FROM ours AS o JOIN scope AS s USING (item_id) WHERE o.field = 'images') AS w ON w.target_id = product_id
    GROUP BY product_id) AS foreign_images ON foreign_images.product_id = s.target_id
WHERE d.images IS NOT NULL;
-- While a picture may still come of itself, none is sent: nothing would tell the two apart.
CREATE OR REPLACE TEMP TABLE pictures_awaited (item_id VARCHAR);
-- Only where image_rows has rows.
INSERT INTO pictures_awaited
SELECT w.item_id
FROM (
    SELECT item_id FROM sync.unknown WHERE connection = $connection AND level = 'images'
    UNION
    SELECT i.item_id FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND json_exists(e.created, '$.image_unknown')
    WHERE i.connection = $connection
) AS w
SEMI JOIN (FROM image_rows WHERE what = 'update') AS i ON i.item_id = w.item_id;

-- Stock: only where the level that is safe to show differs from what the store shows (I-8). What it shows while it does
-- not count the product says nothing of the level it has once it does.
CREATE OR REPLACE TEMP TABLE stock_items AS
SELECT item_id FROM work_set WHERE entity = 'stock' AND $stock
UNION
SELECT v.variant_id FROM first_options AS f JOIN source_variants AS v ON v.product_id = f.item_id WHERE $stock;
CREATE OR REPLACE TEMP TABLE stock_rows (
    item_id VARCHAR, location_id VARCHAR, sku VARCHAR, name VARCHAR, after DECIMAL(18, 4), before DECIMAL(18, 4), target_id VARCHAR,
    parent_item_id VARCHAR, is_base BOOLEAN, parent_target_id VARCHAR, link_state VARCHAR, deleted_at TIMESTAMP
);
-- Only where stock_items has rows.
INSERT INTO stock_rows
SELECT d.item_id, d.location_id, v.sku, p.name, d.on_hand AS after, CASE WHEN k.item_id IS NULL AND f.item_id IS NULL THEN t.on_hand END AS before,
       CASE WHEN l.to_id IS NULL OR l.state = 'broken' OR f.item_id IS NOT NULL THEN 'created:' || d.item_id ELSE l.to_id END AS target_id, s.product_id AS parent_item_id,
       f.item_id IS NULL AND coalesce(tv.is_base, len(coalesce(p.option_names, [])) = 0) AS is_base,
       coalesce(CASE WHEN l.state <> 'broken' THEN l.to_product_id END, CASE WHEN pl.state = 'linked' THEN pl.to_id END) AS parent_target_id, l.state AS link_state, p.deleted_at
FROM (FROM stock_desired SEMI JOIN stock_items USING (item_id)) AS d
JOIN source_variants AS v ON v.variant_id = d.item_id AND v.deleted_at IS NULL
JOIN source_products AS p ON p.product_id = v.product_id
JOIN variants_link AS l ON l.from_id = d.item_id
JOIN source_variants AS s ON s.variant_id = d.item_id
LEFT JOIN products_link AS pl ON pl.from_id = v.product_id
LEFT JOIN target_variants AS tv ON tv.variant_id = CASE WHEN l.state <> 'broken' THEN l.to_id END
LEFT JOIN target_stock AS t ON t.variant_id = CASE WHEN l.state <> 'broken' THEN l.to_id END AND t.location_id = d.location_id
LEFT JOIN (SELECT item_id FROM product_differences WHERE len(list_filter(fields, lambda f: f.field = 'stock_tracking')) > 0) AS k
    ON k.item_id = v.product_id
LEFT JOIN first_options AS f ON f.item_id = v.product_id
WHERE d.on_hand IS NOT NULL;

CREATE OR REPLACE TEMP TABLE plan_rows (
    phase VARCHAR, entity VARCHAR, level VARCHAR, action VARCHAR, item_id VARCHAR, sku VARCHAR, name VARCHAR, target_id VARCHAR,
    parent_target_id VARCHAR, parent_item_id VARCHAR, location_id VARCHAR, is_base BOOLEAN, changes JSON, rule VARCHAR, rank INTEGER
);
-- Only where changed_fields has rows.
INSERT INTO plan_rows
SELECT 'catalogue' AS phase, 'products' AS entity, 'product' AS level, p.what AS action, p.item_id, NULL::VARCHAR AS sku,
       p.name, coalesce(CASE WHEN p.what = 'update' THEN p.target_id END, 'created:' || p.item_id) AS target_id,
       NULL::VARCHAR AS parent_target_id, NULL::VARCHAR AS parent_item_id, NULL::VARCHAR AS location_id, false AS is_base,
       c.changes, c.rule, 1 AS rank
FROM product_pairs AS p
JOIN changed_fields AS c ON c.level = 'product' AND c.item_id = p.item_id
UNION ALL
SELECT 'catalogue', 'products', 'variant', v.what, v.item_id, v.sku, v.name,
       CASE WHEN v.what = 'update' THEN v.target_id ELSE 'created:' || v.item_id END,
       coalesce(CASE WHEN v.product_what IN ('update', 'conflict') THEN v.parent_target_id END, 'created:' || v.parent_item_id),
       v.parent_item_id, NULL, v.is_base, c.changes, c.rule, 2
FROM variant_pairs AS v
JOIN changed_fields AS c ON c.level = 'variant' AND c.item_id = v.item_id
WHERE v.link_state IN ('none', 'linked', 'broken') AND (v.product_what IN ('create', 'update') OR v.product_what = 'conflict' AND v.link_state = 'linked');
-- Only where shown_or_hidden has rows.
INSERT INTO plan_rows
SELECT CASE WHEN CAST(d.after AS BOOLEAN) THEN 'publish' ELSE 'unpublish' END, 'products', 'product',
       CASE WHEN CAST(d.after AS BOOLEAN) THEN 'publish' ELSE 'hide' END, p.item_id, NULL, p.name, p.target_id, NULL, NULL, NULL, false,
       json_object('is_active', json_object('before', d.before, 'after', d.after)), d.rule, 1
FROM product_pairs AS p
JOIN shown_or_hidden AS d ON d.item_id = p.item_id AND p.what = 'update';
-- Only where image_rows has rows.
INSERT INTO plan_rows
SELECT 'catalogue', 'products', 'images', 'update', i.item_id, NULL, i.name,
       CASE WHEN i.what = 'update' THEN i.target_id ELSE 'created:' || i.item_id END, NULL, i.item_id, NULL, false,
       json_object('images', json_object('before', to_json(i.before), 'after', to_json(i.after))), (SELECT any_value(array_to_string(rules, ' ')) FROM field_rules WHERE entity = 'images' AND field = 'position'), 3
FROM image_rows AS i
WHERE list_transform(i.before, lambda x: coalesce(x.image_id, '') || '|' || x.url || '|' || coalesce(x.variant_id, ''))
      IS DISTINCT FROM list_transform(i.after, lambda x: coalesce(x.image_id, '') || '|' || x.url || '|' || coalesce(x.variant_id, ''))
  AND (len(i.after) > 0 OR i.sent_before) AND ($images OR i.what = 'create');
-- Only where scope has rows.
INSERT INTO plan_rows
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
WHERE s.what = 'unpublish' AND s.state = 'linked' AND $unpublish_mode = 'hide' AND t.is_active
UNION ALL
SELECT 'catalogue', 'products', 'variant', 'delete', v.variant_id, v.sku, s.name, l.to_id, s.target_id, v.product_id, NULL, false,
       json_object('deleted', json_object('before', false, 'after', true)), 'S000-50', 9
FROM source_variants AS v
JOIN scope AS s ON s.item_id = v.product_id AND s.what IN ('update', 'part')
JOIN sync.links AS l ON l.connection = $connection AND l.level = 'variants' AND l.from_id = v.variant_id AND l.state = 'linked'
JOIN target_variants AS t ON t.variant_id = l.to_id AND NOT t.is_base
WHERE v.deleted_at IS NOT NULL;
-- Only where stock_rows has rows.
INSERT INTO plan_rows
SELECT CASE WHEN r.before IS NOT NULL AND r.after < r.before THEN 'stock_decrease' ELSE 'stock_increase' END,
       'stock', 'stock', 'set', r.item_id, r.sku, r.name, r.target_id,
       coalesce(r.parent_target_id, 'created:' || r.parent_item_id), r.parent_item_id, r.location_id, r.is_base,
       json_object('on_hand', json_object('before', r.before, 'after', r.after)),
       (SELECT any_value(array_to_string(rules, ' ')) FROM field_rules WHERE entity = 'stock' AND field = 'on_hand'), 4
FROM stock_rows AS r
WHERE r.after IS DISTINCT FROM r.before AND r.deleted_at IS NULL
  AND (r.link_state = 'linked' OR EXISTS (
      FROM variant_pairs AS v
      WHERE v.item_id = r.item_id AND v.what = 'create' AND v.product_what IN ('create', 'update')
        AND v.link_state IN ('none', 'broken')));
CREATE OR REPLACE TABLE plan AS
SELECT CAST(row_number() OVER (ORDER BY
           list_position(['stock_decrease', 'unpublish', 'catalogue', 'publish', 'stock_increase'], phase),
           rank, coalesce(parent_item_id, r.item_id), action = 'create' AND is_base DESC, r.item_id, location_id) AS INTEGER) AS seq,
       phase, entity, level, action, r.item_id, sku, name, target_id, parent_target_id, parent_item_id, location_id, is_base,
       changes, CASE WHEN awaited.item_id IS NULL THEN 'planned' ELSE 'deferred' END AS state, NULL::VARCHAR AS class,
       CASE WHEN awaited.item_id IS NOT NULL THEN 'put off: no answer came to its last picture, which may still come of itself; sent once it cannot' END AS reason,
       rule, NULL::VARCHAR AS hold_id
FROM plan_rows AS r
LEFT JOIN pictures_awaited AS awaited ON r.level = 'images' AND awaited.item_id = r.item_id;
