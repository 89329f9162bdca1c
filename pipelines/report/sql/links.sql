-- How many SKUs of the till are linked how. The kept link holds what the last run created. Bound: $connection.
SELECT coalesce(k.state, v.state) AS state, count(*) AS skus
FROM {variants_link} AS v
LEFT JOIN sync.links AS k ON k.connection = $connection AND k.level = 'variants' AND k.from_id = v.from_id
GROUP BY 1 ORDER BY skus DESC, state
