-- Changes that wait for a person, the largest class first. Bound: $connection, $limit.
SELECT hold_id, class, entity, level, sku, name, reason, changes, created_at AS since, expires_at, state,
       count(*) OVER (PARTITION BY class) AS of_class, count(*) OVER () AS total
FROM sync.holds WHERE connection = $connection AND state IN ('open', 'approved')
ORDER BY of_class DESC, class, sku, hold_id LIMIT $limit
