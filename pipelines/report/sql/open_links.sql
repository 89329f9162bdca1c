-- SKUs whose link is not simply there. Bound: $connection, $limit.
SELECT v.sku, p.name, coalesce(k.state, v.state) AS state, coalesce(k.match_key, v.match_key) AS match_key,
       coalesce(k.reason, v.reason) AS reason, coalesce(k.to_id, v.to_id) AS to_id, k.since, count(*) OVER () AS total
FROM {variants_link} AS v
LEFT JOIN {source_products} AS p ON p.product_id = v.product_id
LEFT JOIN sync.links AS k ON k.connection = $connection AND k.level = 'variants' AND k.from_id = v.from_id
WHERE coalesce(k.state, v.state) IN ('proposed', 'conflict', 'broken', 'unlinked')
ORDER BY list_position(['proposed', 'conflict', 'broken', 'unlinked'], coalesce(k.state, v.state)), v.sku LIMIT $limit
