-- What was given back of orders and is still to be taken off them. Grain of order_refunds: part of a refund, of orders whose refunds are
-- recorded. Inputs: target_orders, target_order_lines, target_order_payments, target_order_refunds, order_standing, sync.intents. Bound: $connection, $refunds: of new orders.
-- An order keeps the way it was recorded in (C-08). An edit takes its money off by itself; a refund of the same money follows it or went
-- before it. So what was paid beyond what the order comes to now covers refunds: first of lines that are not there (any more), then of no line.
CREATE OR REPLACE TEMP TABLE order_refunds AS
WITH parts AS (
    SELECT r.order_id, r.refund_id, r.line_id, coalesce(r.quantity, 0) AS units, r.amount, r.refunded_at, r.line_id IS NOT NULL AND l.line_id IS NULL AS removed
    FROM (FROM target_order_refunds WHERE len(defects) = 0 AND amount IS NOT NULL) AS r
    LEFT JOIN order_standing AS k ON k.order_id = r.order_id
    LEFT JOIN target_order_lines AS l ON l.order_id = r.order_id AND l.line_id = r.line_id
    WHERE CASE WHEN k.stands THEN k.refunds ELSE $refunds END
), taken AS (
    SELECT order_id, amount FROM target_order_payments SEMI JOIN parts USING (order_id) WHERE kind IN ('captured', 'credit') AND amount > 0
    UNION ALL
    -- Where no payment tells of it, the status said that it was paid: then what the first sale had.
    SELECT order_id, max(amount)
    FROM (
        SELECT i.item_id AS order_id, unnest(from_json(i.document -> 'payments', '[{"key": "VARCHAR", "amount": "DECIMAL(18, 4)"}]'), recursive := true)
        FROM sync.intents AS i SEMI JOIN parts AS p ON p.order_id = i.item_id
        WHERE i.connection = $connection AND i.level = 'sale' AND i.action IN ('create', 'find')
    )
    WHERE key = order_id || '/order' GROUP BY order_id
), covered AS (
    SELECT o.order_id, greatest(sum(t.amount) - any_value(o.total), 0) AS amount
    FROM target_orders AS o JOIN taken AS t ON t.order_id = o.order_id GROUP BY o.order_id
), ordered AS (
    SELECT p.*, coalesce(c.amount, 0) AS covers,
           coalesce(sum(p.amount) OVER (
               PARTITION BY p.order_id
               ORDER BY p.removed DESC, p.line_id IS NULL DESC, p.amount = coalesce(c.amount, 0) DESC, p.refunded_at DESC, p.refund_id DESC, p.line_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0) AS before
    FROM parts AS p LEFT JOIN covered AS c ON c.order_id = p.order_id
)
SELECT order_id, refund_id, line_id, refunded_at, amount - off AS amount, CASE WHEN amount > 0 AND off = amount THEN 0 ELSE units END AS units
FROM (SELECT *, least(amount, greatest(covers - before, 0)) AS off FROM ordered);
