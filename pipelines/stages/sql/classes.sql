-- Which planned row belongs to which class of suspicious change (`reliability.md` §2.11). A row may be in several.
-- Grain: plan row and class. Inputs: plan, store_variants: all there are, sync.links, sync.agreed. Bound: $connection, $moved: what all values stand on changed.
CREATE OR REPLACE TEMP TABLE figures (
    seq INTEGER, level VARCHAR, action VARCHAR, item_id VARCHAR, parent_item_id VARCHAR, target_id VARCHAR, untracked BOOLEAN,
    price_before DECIMAL(18, 4), price_after DECIMAL(18, 4), level_before DECIMAL(18, 4), level_after DECIMAL(18, 4)
);
-- Only where plan has rows.
INSERT INTO figures
SELECT seq, level, action, item_id, parent_item_id, target_id,
       coalesce((changes -> 'stock_tracking' ->> 'before') = 'true' AND (changes -> 'stock_tracking' ->> 'after') = 'false', false) AND action = 'update' AS untracked,
       CAST(changes -> 'price' ->> 'before' AS DECIMAL(18, 4)) AS price_before,
       CAST(changes -> 'price' ->> 'after' AS DECIMAL(18, 4)) AS price_after,
       CAST(changes -> 'on_hand' ->> 'before' AS DECIMAL(18, 4)) AS level_before,
       CAST(changes -> 'on_hand' ->> 'after' AS DECIMAL(18, 4)) AS level_after
FROM plan WHERE state = 'planned' AND entity <> 'orders';
CREATE OR REPLACE TEMP TABLE plan_classes (seq INTEGER, class VARCHAR);
-- Only where plan has rows.
INSERT INTO plan_classes
SELECT seq, 'price_change' AS class FROM figures WHERE action = 'update' AND price_before IS NOT NULL AND price_after IS NOT NULL
UNION ALL
SELECT seq, 'price_jump' FROM figures
WHERE action = 'update' AND price_before IS NOT NULL AND price_after IS NOT NULL
  AND (price_after > price_before * 1.2 OR price_after < price_before * 0.9 OR price_after = 0)
UNION ALL
SELECT seq, 'stock_to_zero' FROM figures WHERE level = 'stock' AND level_before > 0 AND level_after = 0
UNION ALL
SELECT seq, 'stock_jump' FROM figures WHERE level = 'stock' AND level_before > 0 AND level_after > level_before * 10
UNION ALL
SELECT seq, 'adopt' FROM figures WHERE action = 'adopt'
UNION ALL
SELECT seq, 'unpublish' FROM figures WHERE action = 'hide'
UNION ALL
SELECT seq, 'delete' FROM figures WHERE action = 'delete'
UNION ALL
-- What the store has by itself within a product (S003-40) goes with it, and nobody could make it again.
SELECT seq, 'delete_store_variants' FROM figures
WHERE action = 'delete' AND level = 'product' AND target_id IN (
    SELECT product_id FROM store_variants
    WHERE NOT is_base AND variant_id NOT IN (
        SELECT to_id FROM sync.links WHERE connection = $connection AND level = 'variants' AND state <> 'unlinked' AND to_id IS NOT NULL))
UNION ALL
SELECT seq, 'create' FROM figures WHERE action = 'create' AND level = 'product'
UNION ALL
SELECT seq, 'untracked' FROM figures WHERE untracked
UNION ALL
SELECT seq, 'history' FROM plan WHERE state = 'planned' AND level = 'sale' AND action = 'create' AND (changes -> 'history' ->> 'after') = 'true'
UNION ALL
SELECT seq, 'voided_at_till' FROM plan WHERE state = 'planned' AND level = 'sale' AND action = 'create' AND (changes -> 'by_hand' ->> 'after') IS NOT NULL
UNION ALL
SELECT seq, 'ground_change' FROM figures WHERE $moved AND action IN ('update', 'set') AND NOT starts_with(target_id, 'created:');
-- What we deleted and is there again: publishing it again is a person's decision (`reliability.md` §2.14, I-23).
CREATE OR REPLACE TEMP TABLE reappeared (seq INTEGER);
-- Only where figures has rows.
INSERT INTO reappeared
SELECT p.seq FROM plan AS p
SEMI JOIN (FROM sync.links WHERE connection = $connection AND level = 'products' AND state = 'tombstoned') AS l ON l.from_id = p.item_id
WHERE p.state = 'planned' AND p.level = 'product' AND p.action = 'create';
CREATE OR REPLACE TEMP TABLE first_overwrites (seq INTEGER);
-- Only where figures has rows.
INSERT INTO first_overwrites
SELECT p.seq
FROM plan AS p
WHERE p.state = 'planned' AND p.entity <> 'orders'
  AND (p.action IN ('update', 'hide', 'set', 'publish') AND NOT starts_with(p.target_id, 'created:') OR p.action = 'create' AND p.is_base)
  AND NOT EXISTS (
      FROM sync.links AS l
      WHERE l.connection = $connection AND l.from_id = p.item_id AND l.match_key = 'created')
  AND NOT EXISTS (
      FROM sync.agreed AS a
      WHERE a.connection = $connection AND a.item_id = p.item_id AND (a.side = 'target' OR p.level NOT IN ('product', 'images'))
        AND a.entity = CASE p.level WHEN 'product' THEN 'products' WHEN 'variant' THEN 'variants' WHEN 'images' THEN 'products' ELSE 'stock' END);
