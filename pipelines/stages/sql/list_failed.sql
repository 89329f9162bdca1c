-- What failed, or was refused, and is tried again. Grain: entity and till record. Bound: $connection, $skus (empty: all).
SELECT r.entity, s.sku, s.name, s.reason, r.reason AS waits_because, r.recorded_at AS since, r.item_id
FROM sync.retries AS r
LEFT JOIN (
    SELECT e.entity, CASE WHEN e.entity = 'stock' THEN e.item_id ELSE coalesce(l.product_id, e.item_id) END AS item_id,
           e.sku, e.name, arg_max(e.reason, u.started_at) AS reason
    FROM end_states AS e
    JOIN sync.runs AS u ON u.run_id = e.run_id AND u.connection = $connection
    LEFT JOIN variants_link AS l ON l.from_id = e.item_id
    WHERE e.state = 'failed'
    GROUP BY ALL
) AS s ON s.entity = r.entity AND s.item_id = r.item_id
WHERE r.connection = $connection AND (len(CAST($skus AS VARCHAR[])) = 0 OR list_contains(CAST($skus AS VARCHAR[]), s.sku))
ORDER BY r.entity, s.sku, r.item_id
