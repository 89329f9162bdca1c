-- The orders this run considers: those that are not as they were when they were last settled, and what waits.
-- Grain: order. Inputs: target_orders, target_order_lines, target_order_payments, target_order_refunds, sync.order_states, sale_documents, by_hand.
-- Bound: $connection, $settings: changes with how statuses are read.
-- What is at the till of each order: an order keeps the way it was recorded in, and is followed to its end. `stands`: not all of it is voided.
CREATE OR REPLACE TEMP TABLE order_standing AS
SELECT order_id, bool_or(outcome = 'unknown' OR owes OR half_voided) AS waits, bool_or(outcome = 'unknown' OR voided_at IS NULL) AS stands, bool_or(voided_at IS NOT NULL) AS voided,
       bool_or(coalesce((document ->> 'history') = 'true', false)) AS history, bool_or(coalesce((document ->> 'refunds') = 'true', false)) AS refunds
FROM sale_documents WHERE outcome IN ('ok', 'exists', 'unknown') GROUP BY order_id;
CREATE OR REPLACE TEMP TABLE order_hashes AS
SELECT o.order_id, CASE WHEN h.marks IS NULL THEN hash(o.row_hash, l.hashes, p.hashes, r.hashes, $settings)
                        ELSE hash(o.row_hash, l.hashes, p.hashes, r.hashes, $settings, h.marks) END AS hash
FROM target_orders AS o
LEFT JOIN (SELECT order_id, bit_xor(hash(sale_id, voided, edited, returned, closed)) AS marks FROM by_hand GROUP BY order_id) AS h ON h.order_id = o.order_id
LEFT JOIN (SELECT order_id, bit_xor(row_hash) AS hashes FROM target_order_lines GROUP BY order_id) AS l ON l.order_id = o.order_id
LEFT JOIN (SELECT order_id, bit_xor(row_hash) AS hashes FROM target_order_payments GROUP BY order_id) AS p ON p.order_id = o.order_id
LEFT JOIN (SELECT order_id, bit_xor(row_hash) AS hashes FROM target_order_refunds GROUP BY order_id) AS r ON r.order_id = o.order_id;
CREATE OR REPLACE TEMP TABLE orders_due AS
SELECT h.order_id, h.hash
FROM order_hashes AS h
LEFT JOIN (FROM sync.order_states WHERE connection = $connection) AS s ON s.order_id = h.order_id
WHERE s.hash IS DISTINCT FROM h.hash OR s.state IN ('failed', 'quarantined', 'held', 'waiting')
   OR h.order_id IN (SELECT order_id FROM order_standing WHERE waits);
