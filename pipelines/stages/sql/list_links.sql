-- Links of the till's SKUs as they stand, with what the store shows. Bound: $connection, $sku (NULL: all).
SELECT v.sku, coalesce(k.state, v.state) AS state, coalesce(k.reason, v.reason) AS reason, coalesce(k.match_key, v.match_key) AS match_key, v.from_id, v.product_id,
       coalesce(k.to_id, v.to_id) AS to_id, coalesce(kp.to_id, v.to_product_id) AS to_product_id, count(*) OVER (PARTITION BY v.product_id) AS siblings,
       k.since
FROM variants_link AS v
LEFT JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants') AS k ON k.from_id = v.from_id
LEFT JOIN (FROM sync.links WHERE connection = $connection AND level = 'products') AS kp ON kp.from_id = v.product_id
QUALIFY CAST($sku AS VARCHAR) IS NULL OR v.sku = CAST($sku AS VARCHAR)
ORDER BY v.sku;
