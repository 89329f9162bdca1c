-- What keeps a SKU from being sent: its open quarantine and holds. Bound: $connection, $sku.
SELECT 'quarantine' AS kind, entity, class, reason, since, NULL::VARCHAR AS hold_id
FROM sync.quarantine
WHERE connection = $connection AND sku = $sku AND released_at IS NULL
UNION ALL
SELECT 'hold', entity, class, reason, created_at, hold_id
FROM sync.holds
WHERE connection = $connection AND sku = $sku AND state = 'open'
ORDER BY kind, entity, class
