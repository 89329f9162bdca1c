-- Which till variant is which store variant, and the same for products. Never guesses twice, never merges near-equals.
-- Grain: variants_link one row per till variant, products_link one row per till product.
-- Inputs: source_variants, source_products, target_variants, target_products, sync.links, sync.unknown, sync.sent_skus.
-- Bound: $connection, $complete, $gone, $levels: whether those of what is to be created are looked at, $first and $later (the mapping's `match`: sku, upc or name).
-- A link is broken only when the store was asked and does not have the record; one not read yet stands (S000-60). What was deleted
-- for the till is no match for anything, whether or not it was read since. A store may give the id of a record that is gone to the
-- next one: what was created at another moment than the linked record is another record, which the link says nothing of.
-- The first key links: exact (a SKU after trimming and NFC), unique on both sides (S000-10, B52-B60). Later keys only propose.
CREATE OR REPLACE TEMP MACRO exact_sku(sku) AS nfc_normalize(trim(sku, ' ' || chr(9) || chr(160)));
CREATE OR REPLACE TEMP MACRO folded_sku(sku) AS lower(regexp_replace(
    translate(nfc_normalize(sku), 'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９－‐‑‒–—−', 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-------'),
    '[\s\x{00A0}\x{200B}-\x{200D}\x{FEFF}\x{00AD}]', '', 'g'));
CREATE OR REPLACE TEMP MACRO exact_name(name, option_values) AS lower(trim(name)) || chr(31) || array_to_string(coalesce(option_values, []), chr(31));
CREATE OR REPLACE TEMP MACRO exact_key(key, sku, upc, name) AS CASE key WHEN 'sku' THEN exact_sku(sku) WHEN 'upc' THEN trim(upc) ELSE name END;
CREATE OR REPLACE TEMP MACRO folded_key(key, sku, upc, name) AS CASE key WHEN 'sku' THEN folded_sku(sku) ELSE exact_key(key, sku, upc, name) END;
CREATE OR REPLACE TEMP MACRO key_title(key) AS CASE key WHEN 'sku' THEN 'SKU' WHEN 'upc' THEN 'barcode' ELSE 'name' END;

-- What may have been created under a SKU that is another one at the till by now, and stands in the store under it, is looked for by that.
CREATE OR REPLACE TEMP TABLE sent_as (from_id VARCHAR, sku VARCHAR);
-- Only where sync.sent_skus has rows.
INSERT INTO sent_as
SELECT s.from_id, arg_max(s.sku, s.n) AS sku
FROM sync.sent_skus AS s
SEMI JOIN (FROM work_set WHERE entity = 'products') AS w ON w.item_id = s.product_id
JOIN source_variants AS v ON v.variant_id = s.from_id AND v.deleted_at IS NULL AND exact_sku(v.sku) IS DISTINCT FROM exact_sku(s.sku)
WHERE s.connection = $connection AND $first = 'sku'
  AND exact_sku(s.sku) IN (SELECT exact_sku(sku) FROM target_variants)
  AND exact_sku(s.sku) NOT IN (SELECT exact_sku(sku) FROM source_variants WHERE deleted_at IS NULL AND sku IS NOT NULL)
GROUP BY s.from_id;
-- Only the products of the work set are linked anew; who else has the same SKU is asked of everybody.
CREATE OR REPLACE TEMP TABLE link_items AS
SELECT v.variant_id AS from_id, v.product_id, v.sku, trim(v.upc) AS upc, exact_sku(coalesce(a.sku, v.sku)) AS exact_sku,
       exact_key($first, coalesce(a.sku, v.sku), v.upc, exact_name(p.name, v.option_values)) AS exact,
       folded_key($first, coalesce(a.sku, v.sku), v.upc, exact_name(p.name, v.option_values)) AS folded
FROM source_variants AS v
LEFT JOIN sent_as AS a ON a.from_id = v.variant_id
LEFT JOIN source_products AS p ON p.product_id = CASE WHEN $first = 'name' THEN v.product_id END
SEMI JOIN (FROM work_set WHERE entity = 'products') AS w ON w.item_id = v.product_id
WHERE v.deleted_at IS NULL;
CREATE OR REPLACE TEMP TABLE strangers AS
SELECT l.level, l.from_id, l.to_id, l.state, p.product_id
FROM target_products AS p
JOIN sync.links AS l ON l.level = 'products' AND l.to_id = p.product_id
WHERE l.connection = $connection AND l.made_at <> p.created_at
UNION ALL
SELECT l.level, l.from_id, l.to_id, l.state, p.product_id
FROM target_variants AS v
JOIN sync.links AS l ON l.level = 'variants' AND l.to_id = v.variant_id
JOIN target_products AS p ON p.product_id = v.product_id
WHERE l.connection = $connection AND l.made_at <> p.created_at;
-- Only where strangers has rows.
INSERT INTO strangers
SELECT l.level, l.from_id, l.to_id, l.state, s.product_id
FROM (FROM strangers WHERE level = 'products') AS s
JOIN source_variants AS i ON i.product_id = s.from_id
JOIN sync.links AS l ON l.connection = $connection AND l.level = 'variants' AND l.from_id = i.variant_id AND l.made_at IS NULL
JOIN target_variants AS v ON v.variant_id = l.to_id AND v.product_id = s.product_id;
-- With a product that is gone its variants are: of the record that has its id now none is theirs.
-- Only where strangers has rows.
INSERT INTO strangers
SELECT l.level, l.from_id, l.to_id, l.state, s.product_id
FROM (FROM strangers WHERE level = 'products') AS s
JOIN source_variants AS i ON i.product_id = s.from_id
JOIN sync.links AS l ON l.connection = $connection AND l.level = 'variants' AND l.from_id = i.variant_id AND l.to_id IS NOT NULL
ANTI JOIN target_variants AS v ON v.variant_id = l.to_id;
-- The links that say something of the record they name.
CREATE OR REPLACE TEMP VIEW true_links AS
SELECT connection, level, from_id, to_id, state, since FROM sync.links AS l
ANTI JOIN strangers AS s ON s.level = l.level AND s.from_id = l.from_id AND s.to_id = l.to_id;
CREATE OR REPLACE TEMP TABLE known_links AS
SELECT l.* FROM sync.links AS l SEMI JOIN (SELECT from_id FROM link_items UNION SELECT product_id FROM link_items
    UNION SELECT item_id FROM work_set WHERE entity = 'products') AS i ON i.from_id = l.from_id
WHERE l.connection = $connection;
-- Only where strangers has rows.
UPDATE known_links SET state = 'broken' FROM strangers AS s
WHERE known_links.state = 'linked' AND s.level = known_links.level AND s.from_id = known_links.from_id;
-- A store that took a record, lost it and gave its id to the next: it is that one's, and the first was never there.
CREATE OR REPLACE TEMP TABLE overtaken AS
SELECT DISTINCT l.level, l.from_id
FROM (FROM known_links ANTI JOIN strangers USING (level, from_id) WHERE state IN ('linked', 'broken')) AS l
JOIN (FROM true_links WHERE connection = $connection AND state = 'linked') AS o ON o.level = l.level AND o.to_id = l.to_id
WHERE o.from_id <> l.from_id AND (l.state = 'broken' OR (o.since, o.from_id) > (l.since, l.from_id));
-- Only where overtaken has rows.
INSERT INTO overtaken
SELECT 'variants', i.from_id
FROM link_items AS i
SEMI JOIN (FROM overtaken WHERE level = 'products') AS p ON p.from_id = i.product_id
ANTI JOIN (FROM overtaken WHERE level = 'variants') AS v ON v.from_id = i.from_id;
-- Only where overtaken has rows.
DELETE FROM known_links USING overtaken AS o WHERE o.level = known_links.level AND o.from_id = known_links.from_id;
-- Of what may have been made again, without a word of it, the new record is looked for beside the one that is gone.
CREATE OR REPLACE TEMP TABLE unknown_makings AS
SELECT level, item_id, parent_item_id, name_hash FROM sync.unknown
WHERE connection = $connection AND action = 'create' AND level IN ('product', 'variant');
CREATE OR REPLACE TEMP TABLE perhaps_again (from_id VARCHAR, product_id VARCHAR);
-- Only where unknown_makings has rows.
INSERT INTO perhaps_again
WITH away AS (
    SELECT i.from_id, i.product_id
    FROM link_items AS i
    JOIN (FROM known_links WHERE level = 'variants' AND state IN ('linked', 'broken')) AS k USING (from_id)
    LEFT JOIN target_variants AS t ON t.variant_id = CASE WHEN k.state = 'linked' THEN k.to_id END
    WHERE t.variant_id IS NULL
)
FROM away SEMI JOIN (FROM unknown_makings WHERE level = 'variant') AS u ON u.item_id = away.from_id
UNION
FROM away SEMI JOIN (FROM unknown_makings WHERE level = 'product') AS u ON u.item_id = away.product_id;
CREATE OR REPLACE TEMP TABLE open_items AS
FROM link_items
ANTI JOIN (
    FROM known_links ANTI JOIN perhaps_again USING (from_id) WHERE level = 'variants' AND state IN ('linked', 'unlinked', 'broken')
) AS k USING (from_id);
-- Where every product is linked already, nothing is looked for.
CREATE OR REPLACE TEMP TABLE from_items AS
SELECT *, NULL::BIGINT AS same_exact, NULL::BIGINT AS same_folded, NULL::BIGINT AS same_upc, NULL::BIGINT AS same_sku FROM link_items;
-- Only where open_items has rows.
CREATE OR REPLACE TEMP TABLE same_items AS
SELECT trim(v.upc) AS upc, exact_sku(v.sku) AS exact_sku,
       exact_key($first, v.sku, v.upc, exact_name(p.name, v.option_values)) AS exact,
       folded_key($first, v.sku, v.upc, exact_name(p.name, v.option_values)) AS folded
FROM source_variants AS v
LEFT JOIN source_products AS p ON p.product_id = CASE WHEN $first = 'name' THEN v.product_id END
WHERE v.deleted_at IS NULL AND EXISTS (FROM open_items)
UNION ALL
SELECT NULL, exact_sku(sku), exact_sku(sku), folded_sku(sku) FROM sent_as;
-- Only where open_items has rows.
CREATE OR REPLACE TEMP TABLE from_items AS
SELECT i.*, e.times AS same_exact, f.times AS same_folded, u.times AS same_upc, k.times AS same_sku
FROM link_items AS i
LEFT JOIN (SELECT exact, count(*) AS times FROM same_items SEMI JOIN open_items USING (exact) GROUP BY exact) AS e USING (exact)
LEFT JOIN (SELECT folded, count(*) AS times FROM same_items SEMI JOIN open_items USING (folded) GROUP BY folded) AS f USING (folded)
LEFT JOIN (SELECT upc, count(*) AS times FROM same_items SEMI JOIN open_items USING (upc) GROUP BY upc) AS u USING (upc)
LEFT JOIN (SELECT exact_sku, count(*) AS times FROM same_items SEMI JOIN open_items USING (exact_sku) GROUP BY exact_sku) AS k USING (exact_sku);
-- Only where open_items has rows.
DROP TABLE same_items;

CREATE OR REPLACE TEMP TABLE store_items (
    to_id VARCHAR, to_product_id VARCHAR, sku VARCHAR, upc VARCHAR, option_values VARCHAR[], exact_sku VARCHAR, exact VARCHAR, folded VARCHAR
);
-- Only where open_items has rows.
INSERT INTO store_items
SELECT v.variant_id AS to_id, v.product_id AS to_product_id, v.sku, trim(v.upc) AS upc, v.option_values, exact_sku(v.sku) AS exact_sku,
       exact_key($first, v.sku, v.upc, exact_name(p.name, v.option_values)) AS exact,
       folded_key($first, v.sku, v.upc, exact_name(p.name, v.option_values)) AS folded
FROM target_variants AS v
LEFT JOIN target_products AS p ON p.product_id = CASE WHEN $first = 'name' THEN v.product_id END
ANTI JOIN (FROM true_links WHERE connection = $connection AND level = 'variants' AND state = 'tombstoned') AS ended ON ended.to_id = v.variant_id
WHERE EXISTS (FROM open_items);
CREATE OR REPLACE TEMP TABLE to_items (
    to_id VARCHAR, to_product_id VARCHAR, sku VARCHAR, upc VARCHAR, option_values VARCHAR[], exact_sku VARCHAR, exact VARCHAR, folded VARCHAR,
    same_exact BIGINT, same_upc BIGINT, same_sku BIGINT, taken_by VARCHAR
);
-- Only where store_items has rows.
INSERT INTO to_items
SELECT s.*, count(*) OVER (PARTITION BY s.exact) AS same_exact, count(*) OVER (PARTITION BY s.upc) AS same_upc,
       count(*) OVER (PARTITION BY s.exact_sku) AS same_sku, l.from_id AS taken_by
FROM store_items AS s
SEMI JOIN (
    SELECT to_id FROM store_items SEMI JOIN open_items USING (exact)
    UNION
    SELECT to_id FROM store_items SEMI JOIN open_items USING (folded)
    UNION
    SELECT to_id FROM store_items SEMI JOIN open_items USING (upc)
    UNION
    SELECT to_id FROM store_items SEMI JOIN open_items USING (exact_sku)
) AS near USING (to_id)
LEFT JOIN (FROM true_links WHERE connection = $connection AND level = 'variants' AND state IN ('linked', 'unlinked')) AS l
    ON l.to_id = s.to_id;
CREATE OR REPLACE TEMP TABLE linked_rows (from_id VARCHAR, to_id VARCHAR, to_product_id VARCHAR);
-- Only where known_links has rows.
INSERT INTO linked_rows
SELECT DISTINCT k.from_id, t.variant_id AS to_id, t.product_id AS to_product_id
FROM target_variants AS t
JOIN (FROM known_links WHERE level = 'variants') AS k ON k.to_id = t.variant_id
ANTI JOIN (FROM strangers WHERE level = 'variants') AS s ON s.from_id = k.from_id;
CREATE OR REPLACE TEMP TABLE linked_products (from_id VARCHAR, product_id VARCHAR);
-- Only where known_links has rows.
INSERT INTO linked_products
SELECT DISTINCT k.from_id, t.product_id
FROM target_products AS t
JOIN (FROM known_links WHERE level = 'products') AS k ON k.to_id = t.product_id
ANTI JOIN (FROM strangers WHERE level = 'products') AS s ON s.from_id = k.from_id;

CREATE OR REPLACE TEMP TABLE by_first (from_id VARCHAR, to_id VARCHAR, to_product_id VARCHAR);
-- Only where to_items has rows.
INSERT INTO by_first
SELECT f.from_id, t.to_id, t.to_product_id
FROM from_items AS f
JOIN to_items AS t ON t.exact = f.exact
WHERE t.taken_by IS NULL AND f.same_exact = 1 AND t.same_exact = 1 AND f.exact <> '';

-- What a creation of unknown outcome left in the store is ours: its key, under the name it was sent with (`reliability.md` §2.8).
CREATE OR REPLACE TEMP TABLE ours (from_id VARCHAR);
-- Only where by_first has rows.
INSERT INTO ours
SELECT s.from_id
FROM by_first AS s
JOIN open_items AS f USING (from_id)
JOIN (FROM unknown_makings WHERE level = 'product') AS u ON u.item_id = f.product_id
JOIN target_products AS t ON t.product_id = s.to_product_id AND md5(lower(trim(t.name))) = u.name_hash
UNION
SELECT s.from_id
FROM by_first AS s
JOIN (FROM unknown_makings WHERE level = 'variant') AS u ON u.item_id = s.from_id
JOIN (FROM known_links WHERE level = 'products' AND state = 'linked') AS k ON k.from_id = u.parent_item_id AND k.to_id = s.to_product_id;

-- Where it is found the link to the one that is gone is let go, for all that was made with it; else that one stands.
CREATE OR REPLACE TEMP TABLE made_again (product_id VARCHAR, from_id VARCHAR, whole BOOLEAN);
-- Only where perhaps_again has rows.
INSERT INTO made_again
SELECT p.product_id, p.from_id, w.product_id IS NOT NULL AS whole
FROM perhaps_again AS p
LEFT JOIN (
    SELECT DISTINCT o.product_id FROM perhaps_again AS o SEMI JOIN ours USING (from_id)
    JOIN (FROM unknown_makings WHERE level = 'product') AS u ON u.item_id = o.product_id
) AS w USING (product_id)
WHERE w.product_id IS NOT NULL OR p.from_id IN (SELECT from_id FROM ours);
-- Only where made_again has rows.
DELETE FROM known_links USING made_again AS m
WHERE known_links.level = 'variants' AND known_links.from_id = m.from_id OR known_links.level = 'products' AND m.whole AND known_links.from_id = m.product_id;
-- Only where made_again has rows.
DELETE FROM strangers USING made_again AS m
WHERE strangers.level = 'variants' AND strangers.from_id = m.from_id OR strangers.level = 'products' AND m.whole AND strangers.from_id = m.product_id;
-- Only where perhaps_again has rows.
DELETE FROM by_first USING (FROM perhaps_again ANTI JOIN made_again USING (from_id)) AS p WHERE p.from_id = by_first.from_id;

CREATE OR REPLACE TEMP TABLE by_later (from_id VARCHAR, to_id VARCHAR, to_product_id VARCHAR, key VARCHAR);
-- Only where open_items has rows.
INSERT INTO by_later
SELECT f.from_id, t.to_id, t.to_product_id, 'upc' AS key
FROM from_items AS f
JOIN to_items AS t ON t.upc = f.upc
WHERE t.taken_by IS NULL AND f.same_upc = 1 AND t.same_upc = 1 AND f.upc <> ''
UNION ALL
SELECT f.from_id, t.to_id, t.to_product_id, 'sku'
FROM from_items AS f
JOIN to_items AS t ON t.exact_sku = f.exact_sku
WHERE t.taken_by IS NULL AND f.same_sku = 1 AND t.same_sku = 1 AND f.exact_sku <> ''
UNION ALL
SELECT f.from_id, any_value(sibling.to_id) AS to_id, t.product_id, 'name'
FROM open_items AS f
JOIN source_products AS p ON p.product_id = CASE WHEN list_contains(CAST($later AS VARCHAR[]), 'name') THEN f.product_id END
JOIN source_variants AS v ON v.variant_id = f.from_id
JOIN target_products AS t ON lower(trim(t.name)) = lower(trim(p.name))
LEFT JOIN store_items AS sibling ON sibling.to_product_id = t.product_id AND sibling.option_values = v.option_values
WHERE t.product_id NOT IN (SELECT to_id FROM true_links WHERE connection = $connection AND level = 'products' AND state IN ('linked', 'unlinked', 'tombstoned') AND to_id IS NOT NULL)
  AND f.product_id NOT IN (SELECT i.product_id FROM by_first AS s JOIN open_items AS i USING (from_id))
GROUP BY f.from_id, t.product_id;
-- Only where by_later has rows.
DELETE FROM by_later
WHERE NOT list_contains(CAST($later AS VARCHAR[]), key) OR (key <> 'name' AND to_id IN (SELECT to_id FROM by_first));
-- Only where by_later has rows.
DELETE FROM by_later USING true_links AS l
WHERE l.connection = $connection AND l.level = 'variants' AND l.state IN ('linked', 'unlinked') AND l.to_id = by_later.to_id;
-- A store takes no second variant of the same options: what is there under another SKU, of a product that is linked, is proposed;
-- where it is another product's of the till, nothing can be made of it (`options_taken`).
CREATE OR REPLACE TEMP TABLE same_options (from_id VARCHAR, to_id VARCHAR, to_product_id VARCHAR, link_state VARCHAR, other VARCHAR);
-- Only where store_items has rows.
INSERT INTO same_options
SELECT f.from_id, s.to_id, s.to_product_id, l.state AS link_state, o.sku AS other
FROM open_items AS f
JOIN (
    SELECT from_id, to_id FROM known_links WHERE level = 'products' AND state = 'linked'
    UNION
    SELECT i.product_id, b.to_product_id FROM by_first AS b JOIN open_items AS i USING (from_id)
) AS k ON k.from_id = f.product_id
JOIN source_variants AS v ON v.variant_id = f.from_id AND len(v.option_values) > 0
JOIN store_items AS s ON s.to_product_id = k.to_id AND s.option_values = v.option_values
LEFT JOIN (FROM true_links WHERE connection = $connection AND level = 'variants' AND state <> 'proposed') AS l ON l.to_id = s.to_id
LEFT JOIN source_variants AS o ON o.variant_id = l.from_id AND o.deleted_at IS NULL AND o.product_id <> f.product_id
ANTI JOIN by_first AS b ON b.from_id = f.from_id;
CREATE OR REPLACE TEMP TABLE options_taken (from_id VARCHAR, other VARCHAR);
-- Only where same_options has rows.
INSERT INTO options_taken
SELECT from_id, min(other) AS other FROM same_options WHERE link_state = 'linked' AND other IS NOT NULL GROUP BY from_id;
-- Only where same_options has rows.
INSERT INTO by_later
SELECT s.from_id, s.to_id, s.to_product_id, 'options' FROM same_options AS s
ANTI JOIN by_first AS b ON b.to_id = s.to_id
WHERE s.link_state IS NULL;
CREATE OR REPLACE TEMP TABLE proposed (from_id VARCHAR, to_id VARCHAR, to_product_id VARCHAR, key VARCHAR);
-- Only where by_later has rows.
INSERT INTO proposed
FROM by_later
QUALIFY row_number() OVER (PARTITION BY from_id ORDER BY list_position(CAST($later AS VARCHAR[]), key), to_product_id, to_id) = 1;

CREATE OR REPLACE TEMP TABLE near (from_id VARCHAR, other VARCHAR);
-- Only where to_items has rows.
INSERT INTO near
SELECT f.from_id, min(t.sku) AS other
FROM from_items AS f
JOIN to_items AS t ON t.folded = f.folded AND t.exact <> f.exact
WHERE f.exact <> '' AND t.taken_by IS NULL
GROUP BY f.from_id;

CREATE OR REPLACE TEMP TABLE fresh_variants_link AS
SELECT f.from_id, f.product_id, f.sku,
       CASE WHEN k.state IN ('linked', 'unlinked', 'broken') THEN k.to_id ELSE coalesce(s.to_id, n.to_id) END AS to_id,
       CASE WHEN k.state IN ('linked', 'unlinked', 'broken') THEN coalesce(t.to_product_id, kp.to_id)
            ELSE coalesce(s.to_product_id, n.to_product_id) END AS to_product_id,
       CASE
           WHEN k.state = 'unlinked' THEN 'unlinked'
           WHEN k.state IN ('linked', 'broken') AND t.to_id IS NULL
                AND ($complete OR k.state = 'broken' OR kp.to_id IS NULL OR tp.product_id IS NOT NULL OR list_contains(CAST($gone AS VARCHAR[]), kp.to_id)) THEN 'broken'
           WHEN k.state IN ('linked', 'broken') THEN 'linked'
           WHEN f.exact IS NULL OR f.exact = '' THEN 'conflict'
           WHEN f.same_exact > 1 OR d.exact IS NOT NULL THEN 'conflict'
           WHEN s.to_id IS NOT NULL THEN 'linked'
           WHEN near.from_id IS NOT NULL OR f.same_folded > 1 OR ot.from_id IS NOT NULL THEN 'conflict'
           WHEN n.to_product_id IS NOT NULL THEN 'proposed'
           ELSE 'none'
       END AS state,
       CASE WHEN k.state IS NOT NULL AND k.state <> 'proposed' THEN k.match_key
            WHEN o.from_id IS NOT NULL THEN 'created'
            WHEN s.to_id IS NOT NULL THEN $first
            WHEN n.to_product_id IS NOT NULL THEN n.key END AS match_key,
       CASE
           WHEN k.state = 'unlinked' THEN coalesce(k.reason, 'unlinked')
           WHEN k.state IN ('linked', 'broken') AND t.to_id IS NULL
                AND ($complete OR k.state = 'broken' OR kp.to_id IS NULL OR tp.product_id IS NOT NULL OR list_contains(CAST($gone AS VARCHAR[]), kp.to_id)) THEN 'the store no longer has this linked product'
           WHEN k.state IN ('linked', 'broken') THEN NULL
           WHEN f.exact IS NULL OR f.exact = '' THEN 'it has no ' || key_title($first) || ' to be found by'
           WHEN f.same_exact > 1 THEN 'the ' || key_title($first) || ' is on ' || f.same_exact || ' products of the till'
           WHEN d.exact IS NOT NULL THEN 'the ' || key_title($first) || ' is on ' || d.times || ' products of the store'
           WHEN s.to_id IS NOT NULL THEN NULL
           WHEN near.from_id IS NOT NULL THEN 'the store has the nearly equal SKU ' || near.other
           WHEN ot.from_id IS NOT NULL THEN 'its product has these options in the store under ' || ot.other || ', which is another product at the till'
           WHEN f.same_folded > 1 THEN 'another SKU of the till differs only in case, width or spaces'
           WHEN n.key = 'options' THEN 'its product has these options in the store under another SKU; approve or change one of them'
           WHEN n.to_product_id IS NOT NULL THEN 'the ' || key_title(n.key) || ' matches, the ' || key_title($first)
                || ' does not; approve or change one of them'
       END AS reason
FROM from_items AS f
LEFT JOIN known_links AS k ON k.level = 'variants' AND k.from_id = f.from_id AND k.state <> 'tombstoned'
LEFT JOIN known_links AS kp ON kp.level = 'products' AND kp.from_id = f.product_id AND kp.state <> 'tombstoned'
LEFT JOIN linked_rows AS t ON t.from_id = k.from_id AND t.to_id = k.to_id
LEFT JOIN linked_products AS tp ON tp.from_id = kp.from_id AND tp.product_id = kp.to_id
LEFT JOIN by_first AS s ON s.from_id = f.from_id
LEFT JOIN ours AS o ON o.from_id = f.from_id
LEFT JOIN proposed AS n ON n.from_id = f.from_id
LEFT JOIN near ON near.from_id = f.from_id
LEFT JOIN options_taken AS ot ON ot.from_id = f.from_id
LEFT JOIN (SELECT exact, count(*) AS times FROM to_items WHERE exact <> '' GROUP BY exact HAVING count(*) > 1) AS d
    ON d.exact = f.exact;

CREATE OR REPLACE TEMP TABLE fresh_products_link AS
SELECT p.product_id AS from_id,
       CASE WHEN k.to_id IS NOT NULL AND k.state IN ('linked', 'unlinked', 'broken') THEN k.to_id
            ELSE min(v.to_product_id) FILTER (v.state IN ('linked', 'proposed')) END AS to_id,
       CASE
           WHEN k.state = 'unlinked' THEN 'unlinked'
           WHEN k.to_id IS NOT NULL AND t.product_id IS NULL AND ($complete OR k.state = 'broken' OR list_contains(CAST($gone AS VARCHAR[]), k.to_id)) THEN 'broken'
           WHEN k.to_id IS NOT NULL THEN 'linked'
           WHEN count(DISTINCT v.to_product_id) FILTER (v.state = 'linked') > 1 THEN 'conflict'
           WHEN bool_or(v.state = 'linked') THEN 'linked'
           WHEN bool_or(v.state = 'proposed') THEN 'proposed'
           WHEN bool_or(v.state = 'unlinked') THEN 'unlinked'
           WHEN bool_or(v.state = 'broken') THEN 'broken'
           ELSE 'none'
       END AS state,
       coalesce(k.match_key, min(v.match_key) FILTER (v.state IN ('linked', 'proposed'))) AS match_key,
       CASE
           WHEN k.state = 'unlinked' THEN coalesce(k.reason, 'unlinked')
           WHEN k.to_id IS NOT NULL AND t.product_id IS NULL AND ($complete OR k.state = 'broken' OR list_contains(CAST($gone AS VARCHAR[]), k.to_id)) THEN 'the store no longer has this linked product'
           WHEN k.to_id IS NULL AND NOT bool_or(v.state IN ('linked', 'proposed')) AND bool_or(v.state IN ('unlinked', 'broken'))
               THEN min(v.reason) FILTER (v.state IN ('unlinked', 'broken'))
           WHEN k.to_id IS NULL AND count(DISTINCT v.to_product_id) FILTER (v.state = 'linked') > 1
               THEN 'its SKUs belong to ' || count(DISTINCT v.to_product_id) FILTER (v.state = 'linked') || ' products of the store'
       END AS reason
FROM source_products AS p
SEMI JOIN (FROM work_set WHERE entity = 'products') AS w ON w.item_id = p.product_id
LEFT JOIN fresh_variants_link AS v ON v.product_id = p.product_id
LEFT JOIN known_links AS k ON k.level = 'products' AND k.from_id = p.product_id AND k.state IN ('linked', 'unlinked', 'broken')
LEFT JOIN linked_products AS t ON t.from_id = k.from_id AND t.product_id = k.to_id
GROUP BY p.product_id, k.to_id, k.state, k.reason, k.match_key, t.product_id;

UPDATE fresh_variants_link SET state = 'conflict', reason = p.reason
FROM fresh_products_link AS p
WHERE p.from_id = fresh_variants_link.product_id AND p.state = 'conflict';

-- A product of the store is one of the till's (I-22). Others whose SKUs are on it keep these, and leave its page alone.
CREATE OR REPLACE TEMP TABLE newly_linked AS
SELECT f.from_id, f.to_id FROM fresh_products_link AS f
ANTI JOIN (FROM known_links WHERE level = 'products' AND state IN ('linked', 'unlinked', 'broken')) AS k ON k.from_id = f.from_id
WHERE f.to_id IS NOT NULL AND f.state IN ('linked', 'proposed');
CREATE OR REPLACE TEMP TABLE others_on_it (from_id VARCHAR, other VARCHAR);
-- Only where newly_linked has rows.
INSERT INTO others_on_it
SELECT n.from_id, min(p.name) AS other
FROM newly_linked AS n
JOIN (
    SELECT to_product_id AS to_id, product_id FROM fresh_variants_link WHERE state = 'linked'
    UNION
    SELECT l.to_id, l.from_id FROM true_links AS l SEMI JOIN newly_linked AS n ON n.to_id = l.to_id
    ANTI JOIN (FROM overtaken WHERE level = 'products') AS o ON o.from_id = l.from_id
    WHERE l.connection = $connection AND l.level = 'products' AND l.state IN ('linked', 'unlinked')
    UNION
    SELECT t.product_id, v.product_id
    FROM target_variants AS t SEMI JOIN newly_linked AS n ON n.to_id = t.product_id
    JOIN true_links AS l ON l.to_id = t.variant_id AND l.connection = $connection AND l.level = 'variants' AND l.state IN ('linked', 'unlinked')
    JOIN source_variants AS v ON v.variant_id = l.from_id AND v.deleted_at IS NULL
    ANTI JOIN (FROM overtaken WHERE level = 'variants') AS o ON o.from_id = l.from_id
) AS o ON o.to_id = n.to_id AND o.product_id <> n.from_id
JOIN source_products AS p ON p.product_id = o.product_id AND p.deleted_at IS NULL
GROUP BY n.from_id;
-- Only where others_on_it has rows.
UPDATE fresh_products_link SET state = 'conflict', reason = 'its store product is also the till''s "' || o.other || '": its SKUs are kept equal, the page they share is not'
FROM others_on_it AS o WHERE o.from_id = fresh_products_link.from_id;
-- Of a product deleted at the till only its own SKUs go while others are on its store product; with the last of them that goes,
-- once: a page without SKUs would be sold without a level.
CREATE OR REPLACE TEMP TABLE deleted_items AS
SELECT p.product_id FROM source_products AS p
SEMI JOIN (FROM work_set WHERE entity = 'products') AS w ON w.item_id = p.product_id
WHERE p.deleted_at IS NOT NULL;
CREATE OR REPLACE TEMP TABLE pages_of_deleted (item_id VARCHAR, to_id VARCHAR, is_linked BOOLEAN);
-- Only where deleted_items has rows.
INSERT INTO pages_of_deleted
SELECT p.product_id AS item_id, coalesce(any_value(k.to_id), min(t.product_id)) AS to_id, any_value(k.to_id) IS NOT NULL AS is_linked
FROM deleted_items AS p
LEFT JOIN (FROM known_links WHERE level = 'products') AS k ON k.from_id = p.product_id AND k.state = 'linked'
LEFT JOIN source_variants AS v ON v.product_id = p.product_id AND v.deleted_at IS NOT NULL
LEFT JOIN true_links AS l ON l.connection = $connection AND l.level = 'variants' AND l.state = 'linked' AND l.from_id = v.variant_id
LEFT JOIN target_variants AS t ON t.variant_id = l.to_id
WHERE NOT EXISTS (FROM known_links AS o WHERE o.level = 'products' AND o.from_id = p.product_id AND o.state IN ('unlinked', 'tombstoned'))
GROUP BY p.product_id
HAVING coalesce(any_value(k.to_id), min(t.product_id)) IS NOT NULL;
CREATE OR REPLACE TEMP TABLE shared_pages (item_id VARCHAR, to_id VARCHAR, stays BOOLEAN, goes BOOLEAN);
-- Only where pages_of_deleted has rows.
INSERT INTO shared_pages
SELECT d.item_id, d.to_id, s.to_id IS NOT NULL AS stays, row_number() OVER (PARTITION BY d.to_id ORDER BY NOT d.is_linked, d.item_id) = 1 AS goes
FROM pages_of_deleted AS d
LEFT JOIN (
    SELECT DISTINCT t.product_id AS to_id
    FROM pages_of_deleted AS d
    JOIN target_variants AS t ON t.product_id = d.to_id
    JOIN true_links AS l ON l.to_id = t.variant_id AND l.connection = $connection AND l.level = 'variants' AND l.state IN ('linked', 'unlinked')
    JOIN source_variants AS v ON v.variant_id = l.from_id AND v.deleted_at IS NULL
) AS s ON s.to_id = d.to_id;

CREATE TABLE IF NOT EXISTS variants_link AS FROM fresh_variants_link LIMIT 0;
CREATE TABLE IF NOT EXISTS products_link AS FROM fresh_products_link LIMIT 0;
DELETE FROM variants_link USING (FROM work_set WHERE entity = 'products') AS w WHERE variants_link.product_id = w.item_id;
INSERT INTO variants_link FROM fresh_variants_link;
DELETE FROM products_link USING (FROM work_set WHERE entity = 'products') AS w WHERE products_link.from_id = w.item_id;
INSERT INTO products_link FROM fresh_products_link;
-- Levels are written by what stands here, also of products this run does not look at.
-- Only where strangers has rows.
UPDATE variants_link SET state = 'broken' FROM strangers AS s
WHERE s.level = 'variants' AND s.from_id = variants_link.from_id AND s.to_id = variants_link.to_id AND variants_link.state = 'linked';
-- Only where strangers has rows.
UPDATE products_link SET state = 'broken' FROM strangers AS s
WHERE s.level = 'products' AND s.from_id = products_link.from_id AND s.to_id = products_link.to_id AND products_link.state = 'linked';
-- What is created is created with its level, whatever else was due of it.
INSERT INTO work_set
SELECT DISTINCT 'stock', f.from_id, 'its product is not in the store', true
FROM fresh_variants_link AS f
SEMI JOIN (SELECT variant_id FROM source_stock UNION SELECT variant_id FROM source_bundles) AS s ON s.variant_id = f.from_id
ANTI JOIN (FROM work_set WHERE entity = 'stock') AS w ON w.item_id = f.from_id
WHERE f.state IN ('none', 'broken') AND $levels;
