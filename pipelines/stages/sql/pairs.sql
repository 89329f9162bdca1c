-- Where every product of the work set stands, and what is desired of it beside what the store shows.
-- Grain of *_pairs: till product, till variant. Inputs: *_desired, *_link, source_*, target_*, work_set, sync.*.
-- Bound: $connection, $publish, $listed, $recreate, $republish, $keep, $starts_hidden, $not_online, $products, $helpers: how SKUs of helper products begin.
-- A NULL in *_desired is no opinion (I-21); '' and [] empty the field. Lists we share keep what others wrote.

CREATE OR REPLACE TEMP TABLE products_due AS SELECT item_id FROM work_set WHERE entity = 'products';
CREATE OR REPLACE TEMP TABLE listed (product_id VARCHAR);
-- Only where products_due has rows.
INSERT INTO listed
SELECT DISTINCT v.product_id FROM source_variants AS v
WHERE $publish = 'listed' AND list_contains(CAST($listed AS VARCHAR[]), v.sku);

-- Where each till product of the work set stands.
CREATE OR REPLACE TEMP TABLE scope (
    item_id VARCHAR, name VARCHAR, deleted BOOLEAN, target_id VARCHAR, state VARCHAR, match_key VARCHAR, reason VARCHAR, what VARCHAR, out_reason VARCHAR
);
-- Only where products_due has rows.
INSERT INTO scope
SELECT p.product_id AS item_id, p.name, p.deleted_at IS NOT NULL AS deleted, coalesce(sp.to_id, l.to_id) AS target_id, l.state, l.match_key, l.reason,
       CASE
           WHEN h.product_id IS NOT NULL OR l.state = 'unlinked' THEN 'out'
           WHEN r.item_id IS NOT NULL AND l.state IN ('linked', 'broken') THEN 'unpublish'
           WHEN p.deleted_at IS NOT NULL AND sp.stays THEN 'part'
           WHEN p.deleted_at IS NOT NULL AND sp.goes THEN 'delete'
           WHEN p.deleted_at IS NOT NULL THEN 'out'
           WHEN l.state = 'linked' THEN 'update'
           WHEN l.state = 'conflict' THEN 'conflict'
           WHEN l.state = 'proposed' THEN 'proposed'
           WHEN l.state = 'broken' AND NOT $recreate THEN 'out'
           WHEN $publish = 'all' OR l.state = 'broken' THEN 'create'
           WHEN listed.product_id IS NOT NULL THEN 'create'
           ELSE 'out'
       END AS what,
       CASE
           WHEN h.product_id IS NOT NULL THEN 'what sales charge beside products is never shown in the store'
           WHEN l.state = 'unlinked' THEN 'unlinked: ' || coalesce(l.reason, 'by a person')
           WHEN p.deleted_at IS NOT NULL AND l.state <> 'linked' THEN 'deleted at the till and not linked'
           WHEN l.state = 'broken' THEN 'the linked store product is gone; `recreate_missing: true` would create it again'
           WHEN $publish = 'listed' THEN 'not linked and its SKU is not in `publish_list`'
           ELSE 'not linked; `publish: all` would create it in the store'
       END AS out_reason
FROM source_products AS p
JOIN products_due AS w ON w.item_id = p.product_id
JOIN products_link AS l ON l.from_id = p.product_id
LEFT JOIN (SELECT DISTINCT item_id FROM sync.requests WHERE connection = $connection AND action = 'unpublish' AND done_run IS NULL) AS r
    ON r.item_id = p.product_id
LEFT JOIN listed ON listed.product_id = p.product_id
LEFT JOIN shared_pages AS sp ON sp.item_id = p.product_id
LEFT JOIN (SELECT DISTINCT product_id FROM source_variants WHERE starts_with(sku, $helpers)) AS h ON h.product_id = p.product_id
WHERE $products;

-- Hidden products: the content that was hidden, and whether a later change republished it (C-01). Hidden here is what the till
-- does not sell, and what it sells in the shop alone (C-17). What only the store hides stays so where a setting says so ($keep).
CREATE OR REPLACE TEMP TABLE content (item_id VARCHAR, content_hash UBIGINT, version BIGINT);
-- Only where products_due has rows.
INSERT INTO content
SELECT d.item_id, hash(d.row_hash, v.hashes, i.row_hash) AS content_hash, s.version
FROM (SELECT item_id, hash(*COLUMNS(* EXCLUDE (item_id, row_hash, is_active))) AS row_hash FROM products_desired) AS d
SEMI JOIN products_due AS due ON due.item_id = d.item_id
LEFT JOIN (SELECT parent_item_id, bit_xor(row_hash) AS hashes FROM variants_desired GROUP BY parent_item_id) AS v
    ON v.parent_item_id = d.item_id
LEFT JOIN (SELECT item_id, row_hash FROM images_desired) AS i ON i.item_id = d.item_id
JOIN source_products AS s ON s.product_id = d.item_id;
CREATE OR REPLACE TEMP TABLE visible (item_id VARCHAR, content_hash UBIGINT, version BIGINT, shown_at_till BOOLEAN, is_active BOOLEAN, was_hidden BOOLEAN);
-- Only where content has rows.
INSERT INTO visible
SELECT d.item_id, c.content_hash, c.version, d.is_active AND o.product_id IS NULL AS shown_at_till,
       CASE
           WHEN o.product_id IS NOT NULL THEN false
           WHEN NOT d.is_active THEN ($republish AND h.product_id IS NOT NULL AND (h.republished OR h.content_hash <> c.content_hash))
           WHEN h.product_id IS NOT NULL THEN d.is_active
           WHEN s.what = 'create' THEN d.is_active AND NOT $starts_hidden
           WHEN $keep AND NOT t.is_active THEN false
           ELSE d.is_active
       END AS is_active,
       h.product_id IS NOT NULL AS was_hidden
FROM products_desired AS d
JOIN content AS c USING (item_id)
LEFT JOIN scope AS s ON s.item_id = d.item_id
LEFT JOIN target_products AS t ON t.product_id = s.target_id
LEFT JOIN (SELECT DISTINCT product_id FROM source_variants WHERE list_contains(CAST($not_online AS VARCHAR[]), sku)) AS o ON o.product_id = d.item_id
LEFT JOIN (FROM sync.hidden WHERE connection = $connection) AS h ON h.product_id = d.item_id;

-- Desired and observed side by side, the shared lists merged with what others wrote.
CREATE OR REPLACE TEMP TABLE ours (item_id VARCHAR, field VARCHAR, value JSON);
-- Only where scope has rows.
INSERT INTO ours
SELECT w.item_id, w.field, w.value FROM sync.written AS w SEMI JOIN (FROM due_parts WHERE entity IN ('products', 'images')) AS d ON d.item_id = w.item_id
SEMI JOIN scope AS s ON s.item_id = w.item_id
WHERE w.connection = $connection;
CREATE OR REPLACE TEMP TABLE our_names (item_id VARCHAR, field VARCHAR, names VARCHAR[]);
-- Only where ours has rows.
INSERT INTO our_names
SELECT item_id, field, from_json(value, '["VARCHAR"]') AS names FROM ours WHERE field IN ('search_keywords', 'custom_fields', 'category_paths');
CREATE OR REPLACE TEMP TABLE product_pairs (item_id VARCHAR, name VARCHAR, what VARCHAR, target_id VARCHAR, stands BOOLEAN);
-- Only where scope has rows.
INSERT INTO product_pairs
SELECT s.item_id, s.name, s.what, s.target_id, t.product_id IS NOT NULL AS stands
FROM scope AS s
SEMI JOIN (FROM due_parts WHERE entity = 'products') AS due ON due.item_id = s.item_id
LEFT JOIN target_products AS t ON t.product_id = CASE WHEN s.what = 'update' THEN s.target_id END
WHERE s.what IN ('create', 'update');
CREATE OR REPLACE TEMP TABLE products_wanted AS FROM products_desired LIMIT 0;
-- Only where product_pairs has rows.
CREATE OR REPLACE TEMP TABLE products_wanted AS
SELECT d.* REPLACE (
    v.is_active AS is_active,
    CASE WHEN d.search_keywords IS NULL THEN NULL ELSE list_sort(list_distinct(list_concat(
        list_filter(coalesce(t.search_keywords, []), lambda word: NOT list_contains(coalesce(k.names, []), word)),
        d.search_keywords))) END AS search_keywords,
    CASE WHEN d.category_paths IS NULL THEN NULL ELSE list_sort(list_distinct(list_concat(
        list_filter(coalesce(t.category_paths, []), lambda path: NOT list_contains(coalesce(g.names, []), path)),
        d.category_paths))) END AS category_paths,
    CASE WHEN d.custom_fields IS NULL THEN NULL ELSE list_sort(list_distinct(list_concat(
        list_filter(coalesce(t.custom_fields, []), lambda entry: NOT list_contains(
            list_concat(coalesce(f.names, []), list_transform(d.custom_fields, lambda own: own.name)), entry.name)),
        d.custom_fields))) END AS custom_fields)
FROM product_pairs AS p
JOIN products_desired AS d USING (item_id)
JOIN visible AS v USING (item_id)
LEFT JOIN target_products AS t ON t.product_id = CASE WHEN p.stands THEN p.target_id END
LEFT JOIN (FROM our_names WHERE field = 'search_keywords') AS k ON k.item_id = d.item_id
LEFT JOIN (FROM our_names WHERE field = 'custom_fields') AS f ON f.item_id = d.item_id
LEFT JOIN (FROM our_names WHERE field = 'category_paths') AS g ON g.item_id = d.item_id;

-- Products that stand without options and are to have variants (S000-20): their only variant ends with the first that has
-- options, so the SKU it is linked to is made anew with the others; is_base marks that SKU.
CREATE OR REPLACE TEMP TABLE first_options (item_id VARCHAR);
CREATE OR REPLACE TEMP TABLE new_items AS SELECT DISTINCT product_id FROM variants_link WHERE state IN ('none', 'broken');
-- Only where new_items has rows.
INSERT INTO first_options
SELECT s.item_id
FROM new_items
JOIN scope AS s ON s.item_id = new_items.product_id AND s.what = 'update'
JOIN source_products AS p ON p.product_id = s.item_id AND len(p.option_names) > 0
JOIN source_variants AS v ON v.product_id = s.item_id AND v.deleted_at IS NULL
JOIN variants_link AS l ON l.from_id = v.variant_id
LEFT JOIN target_variants AS t ON t.variant_id = CASE WHEN l.state = 'linked' THEN l.to_id END
GROUP BY s.item_id
HAVING bool_or(coalesce(t.is_base, false)) AND bool_or(l.state IN ('none', 'broken'));

CREATE OR REPLACE TEMP TABLE variant_pairs (
    item_id VARCHAR, parent_item_id VARCHAR, name VARCHAR, sku VARCHAR, parent_target_id VARCHAR, what VARCHAR, target_id VARCHAR, stands BOOLEAN,
    is_base BOOLEAN, link_state VARCHAR, link_reason VARCHAR, product_what VARCHAR
);
-- Only where scope has rows.
INSERT INTO variant_pairs
SELECT d.item_id, d.parent_item_id, s.name, src.sku, s.target_id AS parent_target_id,
       CASE WHEN l.state = 'linked' AND s.what IN ('update', 'conflict') AND NOT (f.item_id IS NOT NULL AND coalesce(t.is_base, false))
            THEN 'update' ELSE 'create' END AS what,
       l.to_id AS target_id, t.variant_id IS NOT NULL AND s.what IN ('update', 'conflict') AND NOT (f.item_id IS NOT NULL AND t.is_base) AS stands,
       coalesce(t.is_base, false) AS is_base,
       l.state AS link_state, l.reason AS link_reason, s.what AS product_what
FROM (FROM variants_desired SEMI JOIN (FROM due_parts WHERE entity = 'variants') AS due USING (item_id)) AS d
JOIN scope AS s ON s.item_id = d.parent_item_id AND s.what IN ('create', 'update', 'proposed', 'conflict')
JOIN source_variants AS src ON src.variant_id = d.item_id AND src.deleted_at IS NULL
JOIN variants_link AS l ON l.from_id = d.item_id
LEFT JOIN first_options AS f ON f.item_id = d.parent_item_id
LEFT JOIN target_variants AS t ON t.variant_id = CASE WHEN l.state <> 'broken' THEN l.to_id END;

