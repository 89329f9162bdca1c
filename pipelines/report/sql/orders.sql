-- The store's orders and what stands at the till for each, newest first. Grain: order. Bound: $connection, $run_id, $limit.
SELECT o.number, o.currency, timezone('UTC', o.ordered_at) AS ordered_at, o.status_label, o.total AS amount, coalesce(d.recorded, 0) AS recorded, coalesce(d.documents, 0) AS documents, d.references, b.said AS by_hand, d.voided, coalesce(d.open, false) AS open,
       coalesce(e.state, s.state) AS state, coalesce(e.reason, s.reason) AS reason, count(*) OVER () AS total
FROM {target_orders} AS o
LEFT JOIN (
    SELECT order_id, count(*) AS documents, string_agg(reference, ', ' ORDER BY number) AS references, bool_and(voided_at IS NOT NULL) AS voided, bool_or(state = 'pending' AND voided_at IS NULL) AS open,
           sum(CASE WHEN voided_at IS NOT NULL THEN 0 WHEN kind = 'return' THEN -lines ELSE lines END) AS recorded
    FROM (
        SELECT *, list_sum(list_transform(json_extract(document, '$.lines[*]'), lambda l: CAST(l ->> 'total' AS DECIMAL(18, 4)))) AS lines
        FROM sync.sale_documents WHERE connection = $connection AND outcome IN ('ok', 'exists')
    )
    GROUP BY order_id
) AS d ON d.order_id = o.order_id
LEFT JOIN (SELECT order_id, string_agg(reference || ': ' || said, '; ' ORDER BY reference) AS said FROM {sales_by_hand} GROUP BY order_id) AS b ON b.order_id = o.order_id
LEFT JOIN (FROM {end_states} WHERE run_id = $run_id AND entity = 'orders') AS e ON e.item_id = o.order_id
LEFT JOIN (FROM sync.order_states WHERE connection = $connection) AS s ON s.order_id = o.order_id
ORDER BY o.ordered_at DESC, length(o.number) DESC, o.number DESC LIMIT $limit
