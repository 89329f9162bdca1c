-- Orders of the store that changed before the limit and are not at the till as they are, each with why it waits (S000-36, of orders).
-- Grain: order. Inputs: {target_orders}, sync.order_states, sync.quarantine, sync.runs. Bound: $connection, $limit.
SELECT 'orders' AS entity, o.order_id AS item_id, 'order ' || o.number AS name, NULL AS sku,
       greatest(coalesce(q.since, timezone('UTC', coalesce(o.changed_at, o.ordered_at))), began.at) AS since,
       CASE s.state WHEN 'quarantined' THEN 'set aside: ' || coalesce(q.reason, s.reason) WHEN 'held' THEN 'waits for a decision: ' || s.reason
            WHEN 'failed' THEN 'failed: ' || s.reason ELSE 'no run has recorded it' END AS reason
FROM {target_orders} AS o
CROSS JOIN (SELECT min(started_at) AS at FROM sync.runs WHERE connection = $connection AND NOT only_plan) AS began
LEFT JOIN (FROM sync.order_states WHERE connection = $connection) AS s ON s.order_id = o.order_id
LEFT JOIN (FROM sync.quarantine WHERE connection = $connection AND entity = 'orders' AND released_at IS NULL) AS q ON q.item_id = o.order_id
WHERE coalesce(s.state, 'failed') IN ('quarantined', 'held', 'failed') AND began.at IS NOT NULL
  AND greatest(coalesce(q.since, timezone('UTC', coalesce(o.changed_at, o.ordered_at))), began.at) < $limit
ORDER BY since, o.order_id
