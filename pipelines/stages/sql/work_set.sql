-- The keys this run considers, each with why: those whose reading changed since it was last agreed, and what waits.
-- Grain: one row per entity and item. Inputs: source_* and target_* views, sync.*. Bound: $connection, $everything.
CREATE OR REPLACE TEMP TABLE agreed AS SELECT * FROM sync.agreed WHERE connection = $connection;
CREATE OR REPLACE TEMP TABLE active_links AS
SELECT * FROM sync.links WHERE connection = $connection AND state IN ('linked', 'broken');
CREATE OR REPLACE TEMP TABLE reasons AS
SELECT 'products' AS entity, p.product_id AS item_id, 1 AS rank,
       CASE WHEN $everything THEN 'everything is considered' WHEN a.item_id IS NULL THEN 'new' ELSE 'changed at the till' END AS reason
FROM source_products AS p
LEFT JOIN agreed AS a ON a.entity = 'products' AND a.item_id = p.product_id
WHERE $everything OR a.source_hash IS DISTINCT FROM p.row_hash
UNION ALL
SELECT 'products', v.product_id, 1, 'changed at the till'
FROM source_variants AS v
LEFT JOIN agreed AS a ON a.entity = 'variants' AND a.item_id = v.variant_id
WHERE a.source_hash IS DISTINCT FROM v.row_hash
UNION ALL
SELECT 'products', i.product_id, 1, 'its images changed'
FROM (SELECT product_id, bit_xor(row_hash) AS row_hash FROM source_images GROUP BY product_id) AS i
FULL JOIN (FROM agreed WHERE entity = 'images') AS a ON a.item_id = i.product_id
WHERE a.source_hash IS DISTINCT FROM i.row_hash AND i.product_id IS NOT NULL
UNION ALL
SELECT 'products', a.item_id, 1, 'its images changed'
FROM agreed AS a
ANTI JOIN source_images AS i ON i.product_id = a.item_id
WHERE a.entity = 'images' AND a.source_hash IS NOT NULL
UNION ALL
SELECT 'products', l.from_id, 2, 'changed in the store'
FROM active_links AS l
LEFT JOIN target_products AS t ON t.product_id = l.to_id
LEFT JOIN agreed AS a ON a.entity = 'products' AND a.item_id = l.from_id
WHERE l.level = 'products' AND a.observed_hash IS DISTINCT FROM t.row_hash
UNION ALL
SELECT 'products', v.product_id, 2, 'changed in the store'
FROM active_links AS l
JOIN source_variants AS v ON v.variant_id = l.from_id
LEFT JOIN target_variants AS t ON t.variant_id = l.to_id
LEFT JOIN agreed AS a ON a.entity = 'variants' AND a.item_id = l.from_id
WHERE l.level = 'variants' AND a.observed_hash IS DISTINCT FROM t.row_hash
UNION ALL
SELECT 'products', l.from_id, 2, 'its images changed in the store'
FROM active_links AS l
LEFT JOIN (SELECT product_id, bit_xor(row_hash) AS row_hash FROM target_images GROUP BY product_id) AS t
    ON t.product_id = l.to_id
LEFT JOIN agreed AS a ON a.entity = 'images' AND a.item_id = l.from_id
WHERE l.level = 'products' AND a.observed_hash IS DISTINCT FROM t.row_hash
UNION ALL
SELECT 'stock', s.variant_id, 1, CASE WHEN a.item_id IS NULL THEN 'new' ELSE 'changed at the till' END
FROM (SELECT variant_id, bit_xor(row_hash) AS row_hash FROM source_stock GROUP BY variant_id) AS s
LEFT JOIN agreed AS a ON a.entity = 'stock' AND a.item_id = s.variant_id
WHERE $everything OR a.source_hash IS DISTINCT FROM s.row_hash
UNION ALL
SELECT 'stock', l.from_id, 2, 'changed in the store'
FROM active_links AS l
JOIN (SELECT variant_id, bit_xor(row_hash) AS row_hash FROM target_stock GROUP BY variant_id) AS t ON t.variant_id = l.to_id
LEFT JOIN agreed AS a ON a.entity = 'stock' AND a.item_id = l.from_id
WHERE l.level = 'variants' AND l.state = 'linked' AND a.observed_hash IS DISTINCT FROM t.row_hash
UNION ALL
SELECT h.entity, CASE WHEN h.entity = 'products' THEN coalesce(v.product_id, h.item_id) ELSE h.item_id END, 3, 'a decision on it waits'
FROM sync.holds AS h
LEFT JOIN source_variants AS v ON v.variant_id = h.item_id
WHERE h.connection = $connection AND h.state IN ('open', 'approved')
UNION ALL
SELECT q.entity, CASE WHEN q.entity = 'products' THEN coalesce(v.product_id, q.item_id) ELSE q.item_id END, 3, 'it is quarantined'
FROM sync.quarantine AS q
LEFT JOIN source_variants AS v ON v.variant_id = q.item_id
WHERE q.connection = $connection AND q.released_at IS NULL
UNION ALL
SELECT r.entity, CASE WHEN r.entity = 'products' THEN coalesce(v.product_id, r.item_id) ELSE r.item_id END, 3, 'it failed before'
FROM sync.retries AS r
LEFT JOIN source_variants AS v ON v.variant_id = r.item_id
WHERE r.connection = $connection
UNION ALL
SELECT 'products', r.item_id, 3, 'a person asked for it'
FROM sync.requests AS r
WHERE r.connection = $connection AND r.done_run IS NULL;
CREATE OR REPLACE TABLE work_set AS
SELECT r.entity, r.item_id, arg_min(r.reason, r.rank) AS reason
FROM reasons AS r
WHERE r.entity <> 'products' OR r.item_id IN (SELECT product_id FROM source_products)
GROUP BY r.entity, r.item_id;
