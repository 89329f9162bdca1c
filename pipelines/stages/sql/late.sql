-- Changes known of the till that are older than the limit and not agreed with the store, each with why it waits (S000-36).
-- Grain: product (the SKUs that wait, else its first), or variant where only its level waits. Inputs: {source_products}, {source_variants}, sync.*.
-- Bound: $connection, $limit. A product that waits is as old as its wait, however often a sibling of it is edited since.
WITH began AS (
    SELECT min(started_at) AS at FROM sync.runs WHERE connection = $connection AND NOT only_plan
),
agreed AS (
    SELECT entity, item_id, row_hash FROM sync.agreed WHERE connection = $connection AND side = 'source'
),
waits AS (
    SELECT entity, item_id, created_at AS since, 1 AS rank, 'waits for a decision: ' || reason AS reason
    FROM sync.holds WHERE connection = $connection AND state IN ('open', 'approved')
    UNION ALL
    SELECT entity, item_id, since, 2, 'set aside: ' || reason FROM sync.quarantine WHERE connection = $connection AND released_at IS NULL
    UNION ALL
    SELECT entity, item_id, recorded_at, 3, CASE WHEN starts_with(reason, 'put off:') THEN reason ELSE 'failed: ' || reason END FROM sync.retries WHERE connection = $connection
),
pending AS (
    SELECT p.product_id FROM {source_products} AS p
    ANTI JOIN (FROM agreed WHERE entity = 'products') AS a ON a.item_id = p.product_id AND a.row_hash = p.row_hash
    UNION
    SELECT v.product_id FROM {source_variants} AS v
    ANTI JOIN (FROM agreed WHERE entity = 'variants') AS a ON a.item_id = v.variant_id AND a.row_hash = v.row_hash
),
product_waits AS (
    SELECT coalesce(v.product_id, w.item_id) AS product_id, arg_min(w.reason, w.rank) AS reason, min(w.since) AS since,
           string_agg(DISTINCT v.sku, ', ' ORDER BY v.sku) AS skus
    FROM (FROM waits WHERE entity = 'products') AS w
    LEFT JOIN {source_variants} AS v ON v.variant_id = w.item_id
    GROUP BY ALL
),
late AS (
    SELECT 'products' AS entity, p.product_id AS item_id, p.product_id, p.name,
           greatest(least(timezone('UTC', p.changed_at), w.since), began.at) AS since,
           coalesce(w.reason, 'no run has written it') AS reason, w.skus
    FROM pending
    JOIN {source_products} AS p USING (product_id)
    LEFT JOIN product_waits AS w USING (product_id)
    CROSS JOIN began
    UNION ALL
    SELECT 'stock', v.variant_id, v.product_id, p.name, min(w.since), arg_min(w.reason, w.rank), v.sku
    FROM (FROM waits WHERE entity = 'stock') AS w
    JOIN {source_variants} AS v ON v.variant_id = w.item_id
    JOIN {source_products} AS p ON p.product_id = v.product_id
    GROUP BY ALL
)
SELECT l.entity, l.item_id, l.name, l.since, l.reason,
       coalesce(l.skus, (SELECT min(v.sku) FROM {source_variants} AS v WHERE v.product_id = l.product_id)) AS sku
FROM late AS l
WHERE l.since < $limit
ORDER BY l.since, l.item_id, l.entity
