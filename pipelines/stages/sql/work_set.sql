-- The keys this run considers, each with why: those whose reading differs from what was agreed, and what waits.
-- Grain: one row per entity and item; parts_due: one per record that differs. Inputs: differing, reserved, touched, source_*, source_bundles, source_parts, sync.*. Bound: $connection, $everything, $full, $began.
CREATE OR REPLACE TEMP TABLE parts_due (entity VARCHAR, item_id VARCHAR, rank INTEGER, reason VARCHAR);
-- Only where differing has rows.
INSERT INTO parts_due
SELECT entity, item_id, 1 AS rank,
       CASE WHEN entity = 'images' THEN 'its images changed' ELSE 'new or changed at the till' END AS reason
FROM differing
WHERE side = 'source'
UNION ALL
SELECT d.entity, l.from_id, 2, CASE WHEN d.entity = 'images' THEN 'its images changed in the store' ELSE 'changed in the store' END
FROM differing AS d
JOIN sync.links AS l ON l.to_id = d.item_id
WHERE d.side = 'target' AND NOT d.lost AND l.connection = $connection AND l.state IN ('linked', 'broken')
  AND l.level = CASE WHEN d.entity IN ('products', 'images') THEN 'products' ELSE 'variants' END
UNION ALL
SELECT entity, item_id, 2, 'changed in the store' FROM differing WHERE side = 'target' AND lost;
CREATE OR REPLACE TEMP TABLE reasons AS
SELECT 'products' AS entity, product_id AS item_id, 0 AS rank, 'everything is considered' AS reason FROM source_products WHERE $everything
UNION ALL
SELECT DISTINCT 'stock', variant_id, 0, 'everything is considered' FROM source_stock WHERE $everything
UNION ALL
SELECT CASE WHEN entity IN ('stock', 'components') THEN 'stock' ELSE 'products' END, item_id, rank, reason FROM parts_due
UNION ALL
SELECT entity, item_id, 3, 'a decision on it waits' FROM sync.holds WHERE connection = $connection AND state IN ('open', 'approved')
UNION ALL
SELECT entity, item_id, 3, 'it is quarantined' FROM sync.quarantine WHERE connection = $connection AND released_at IS NULL
UNION ALL
SELECT entity, item_id, 3, CASE WHEN starts_with(reason, 'put off:') THEN 'it was put off' ELSE 'it failed before' END FROM sync.retries WHERE connection = $connection
UNION ALL
SELECT entity, item_id, 3, 'what was written is read again' FROM sync.unproven WHERE connection = $connection AND since <= $began
UNION ALL
SELECT 'stock', coalesce(r.item_id, c.item_id), 3, 'orders changed what may be shown of it'
FROM reserved AS r
FULL JOIN (FROM sync.committed WHERE connection = $connection) AS c ON c.item_id = r.item_id
WHERE coalesce(r.units, 0) <> coalesce(c.units, 0)
UNION ALL
SELECT 'stock', item_id, 3, 'an order of it changed in the store' FROM touched
UNION ALL
SELECT 'stock', item_id, 3, 'units of it were on their way back to the till' FROM stock_coming_back
UNION ALL
SELECT 'stock', item_id, 3, 'a drop in the store is not explained' FROM shop_drift WHERE state = 'open' OR (state = 'adopted' AND ended_at > $began - INTERVAL 1 HOUR)
UNION ALL
SELECT 'stock', s.variant_id, 3, 'whether it was made is not known'
FROM source_stock AS s
JOIN source_variants AS v ON v.variant_id = s.variant_id
SEMI JOIN (FROM sync.unknown WHERE connection = $connection AND action = 'create' AND level IN ('product', 'variant')) AS u
    ON u.due_item = v.product_id
UNION ALL
SELECT 'stock', item_id, 3, 'it sells faster or slower than it did' FROM buffers_changed
UNION ALL
SELECT 'products', item_id, 3, 'a person asked for it' FROM sync.requests WHERE connection = $connection AND done_run IS NULL
UNION ALL
SELECT 'products', s.product_id, 3, 'it is not linked'
FROM source_variants AS s
ANTI JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state IN ('linked', 'broken', 'unlinked')) AS l
    ON l.from_id = s.variant_id
WHERE $full AND NOT $everything AND s.deleted_at IS NULL
UNION ALL
SELECT 'products', l.from_id, 3, 'its record is not in the store'
FROM sync.links AS l
ANTI JOIN target_products AS t ON t.product_id = l.to_id
WHERE $full AND NOT $everything AND l.connection = $connection AND l.level = 'products' AND l.state = 'linked'
UNION ALL
SELECT 'products', l.from_id, 3, 'its record is not in the store'
FROM sync.links AS l
ANTI JOIN target_variants AS t ON t.variant_id = l.to_id
WHERE $full AND NOT $everything AND l.connection = $connection AND l.level = 'variants' AND l.state = 'linked';
-- What is held back of a bundle is held back of its parts, and its level follows theirs.
-- Only where source_bundles has rows.
INSERT INTO reasons
SELECT DISTINCT 'stock', p.component_id, 3, 'a bundle of it changed'
FROM source_parts AS p SEMI JOIN (FROM reasons WHERE entity = 'stock') AS r ON r.item_id = p.variant_id
UNION ALL
SELECT 'stock', variant_id, 0, 'everything is considered' FROM source_bundles WHERE $everything;
-- Only where source_parts has rows.
INSERT INTO reasons
SELECT DISTINCT 'stock', p.variant_id, 3, 'what it is made of changed'
FROM source_parts AS p
JOIN (
    SELECT item_id FROM reasons WHERE entity = 'stock'
    UNION
    SELECT v.variant_id FROM source_variants AS v SEMI JOIN (FROM reasons WHERE entity = 'products') AS r ON r.item_id = v.product_id
    UNION
    SELECT item_id FROM reasons WHERE entity = 'products'
) AS r ON r.item_id = p.component_id;
-- A till variant among the products stands for its product. Whole: all of its parts are compared, not only those that differ.
CREATE OR REPLACE TABLE work_set AS
SELECT entity, item_id, arg_min(reason, rank) AS reason, bool_or(rank IN (0, 3)) AS whole
FROM (
    SELECT r.entity, coalesce(v.product_id, r.item_id) AS item_id, r.rank, r.reason
    FROM (FROM reasons WHERE entity = 'products') AS r
    LEFT JOIN source_variants AS v ON v.variant_id = r.item_id
    UNION ALL
    FROM reasons WHERE entity = 'stock'
)
GROUP BY entity, item_id;
DELETE FROM work_set WHERE entity = 'products' AND item_id NOT IN (SELECT product_id FROM source_products);
