-- The orders whose buyer is let go: settled before $before and the same since, or of one who asked and placed before they asked (I-36).
-- Grain: order. Inputs: {orders}, {order_lines}, sync.order_states, sync.decisions. Bound: $connection, $before: null for those who asked alone.
CREATE OR REPLACE TEMP TABLE let_go AS
WITH asked AS (
    SELECT item_id, max(decided_at) AS at FROM sync.decisions WHERE what = 'people forget' AND connection = $connection GROUP BY item_id
)
SELECT o.order_id
FROM {orders} AS o
LEFT JOIN (FROM sync.order_states WHERE connection = $connection) AS s ON s.order_id = o.order_id
LEFT JOIN asked AS a ON a.item_id = 'customer:' || left(sha256(lower(trim(o.email))), 24)
WHERE coalesce(o.email, o.first_name, o.last_name, o.company, o.phone, o.street_1, o.street_2, o.city, o.postcode, o.customer_note, o.staff_note) IS NOT NULL
  AND (timezone('UTC', o.ordered_at) <= a.at
       OR s.recorded_at < $before AND s.state IN ('created', 'updated', 'deleted', 'unchanged', 'out_of_scope'));
