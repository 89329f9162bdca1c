-- One order with its lines, payments and refunds, and how it stands at the till. Bound: $total, $lines, $captured, $stands, $records, $by_status, $refunds.
CREATE TEMP TABLE target_orders AS SELECT '7' AS order_id, CAST($total AS DECIMAL(18, 4)) AS total;
CREATE TEMP TABLE target_order_lines AS SELECT '7' AS order_id, unnest(CAST($lines AS VARCHAR[])) AS line_id;
CREATE TEMP TABLE target_order_payments AS
SELECT '7' AS order_id, 'captured' AS kind, CAST(unnest(CAST($captured AS INTEGER[])) AS DECIMAL(18, 4)) AS amount;
CREATE TEMP TABLE order_standing AS SELECT '7' AS order_id, CAST($stands AS BOOLEAN) AS stands, CAST($records AS BOOLEAN) AS refunds;
INSERT INTO sync.intents (n, connection, level, action, item_id, document)
SELECT 1, 'till__store', 'sale', 'create', '7',
       json_object('payments', [{'key': '7/order', 'amount': CAST($by_status AS VARCHAR)}]) WHERE $by_status > 0;
CREATE TEMP TABLE target_order_refunds AS
SELECT '7' AS order_id, one.refund AS refund_id, one.line AS line_id, CAST(one.units AS DECIMAL(18, 4)) AS quantity,
       CAST(one.amount AS DECIMAL(18, 4)) AS amount, TIMESTAMP '2026-03-02 09:00:00' AS refunded_at, CAST([] AS VARCHAR[]) AS defects
FROM (SELECT unnest(from_json($refunds, '[{"refund": "VARCHAR", "line": "VARCHAR", "units": "INTEGER", "amount": "INTEGER"}]')) AS one);
