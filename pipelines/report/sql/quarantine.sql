-- Records set aside because their data is wrong. Bound: $connection, $limit.
SELECT entity, sku, name, class, reason, rule, since, count(*) OVER () AS total
FROM sync.quarantine WHERE connection = $connection AND released_at IS NULL
ORDER BY since, entity, sku LIMIT $limit
