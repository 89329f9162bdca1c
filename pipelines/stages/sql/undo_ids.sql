-- The store's records a run wrote, by id. Inputs: receipts, source_variants, sync.links. Bound: $connection, $undo.
WITH written AS (
    SELECT r.level, r.target_id, r.item_id, coalesce(v.product_id, r.item_id) AS product_id
    FROM receipts AS r
    LEFT JOIN source_variants AS v ON v.variant_id = CASE WHEN r.level IN ('variant', 'stock') THEN r.item_id END
    WHERE r.run_id = $undo AND r.entity <> 'orders' AND r.action <> 'adopt'
)
SELECT 'products' AS level, target_id AS id FROM written WHERE level IN ('product', 'images') AND target_id IS NOT NULL
UNION
SELECT 'products', l.to_id FROM written AS w JOIN sync.links AS l ON l.connection = $connection AND l.level = 'products' AND l.from_id = w.product_id
WHERE l.to_id IS NOT NULL
UNION
SELECT 'variants', target_id FROM written WHERE level IN ('variant', 'stock') AND target_id IS NOT NULL AND NOT starts_with(target_id, 'created:')
ORDER BY 1, 2
