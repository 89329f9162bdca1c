-- What failed, was refused, or released by a person, and is tried again; of a product the SKU that failed or was released, else its first.
-- Grain: entity and till record. Bound: $connection, $skus (empty: all).
SELECT r.entity, coalesce(s.sku, q.sku, l.sku) AS sku, coalesce(s.name, q.name) AS name, coalesce(s.reason, q.reason) AS reason, r.reason AS waits_because, r.recorded_at AS since, r.item_id
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
LEFT JOIN (
    SELECT product_id AS item_id, min(sku) AS sku, list(sku) AS skus FROM variants_link GROUP BY product_id
    UNION ALL
    SELECT from_id, sku, [sku] FROM variants_link
) AS l ON l.item_id = r.item_id
LEFT JOIN (
    SELECT q.entity, CASE WHEN q.entity = 'stock' THEN q.item_id ELSE coalesce(v.product_id, q.item_id) END AS item_id, arg_max(q.sku, q.released_at) AS sku,
           arg_max(q.name, q.released_at) AS name, arg_max(q.reason, q.released_at) AS reason
    FROM sync.quarantine AS q LEFT JOIN variants_link AS v ON v.from_id = q.item_id
    WHERE q.connection = $connection AND q.released_at IS NOT NULL
    GROUP BY ALL
) AS q ON q.entity = r.entity AND q.item_id = r.item_id AND r.reason = 'a person released it'
WHERE r.connection = $connection
  AND (len(CAST($skus AS VARCHAR[])) = 0 OR list_contains(CAST($skus AS VARCHAR[]), s.sku) OR list_has_any(CAST($skus AS VARCHAR[]), l.skus))
ORDER BY r.entity, sku, r.item_id
