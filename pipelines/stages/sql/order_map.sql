-- What the orders of this run are at the till: with which tax, what the money comes to, and how it was paid.
-- Inputs: orders_due, order_standing, order_refunds, order_history, found_items, orders_link, variants_by_sku, target_orders, target_order_payments, source_taxes, source_account,
-- order_statuses, order_helpers. Bound: $connection, $start, $by_change: an order of before counts once it changed after,
-- $awaiting, $refunds: those of new orders are recorded.
-- `class`: why an order is none of the till's. Whether one that is may be recorded, quality/orders.yaml judges.
-- The tax of a line is the till's whose rate gives the line's tax; without tax the one without a rate.
CREATE OR REPLACE TEMP TABLE line_taxes AS
SELECT f.order_id, f.line_id,
       arg_min(t.tax_id, struct_pack(a := abs(round((f.total - f.tax) * t.rate) - f.tax), b := NOT t.is_default, c := t.name)) AS tax_id
FROM found_items AS f CROSS JOIN (FROM source_taxes WHERE deleted_at IS NULL) AS t
GROUP BY f.order_id, f.line_id;
CREATE OR REPLACE TEMP TABLE order_sums AS
SELECT f.order_id, sum(f.total) AS total, sum(f.tax) AS tax, count(*) AS lines, sum(f.quantity) AS units, sum(len(f.defects)) AS defects, bool_and(k.item_id IS NOT NULL) AS has_products,
       string_agg('line ' || coalesce(f.sku, f.name, f.line_id) || ': ' || array_to_string(f.defects, ', '), '; ' ORDER BY f.position) FILTER (len(f.defects) > 0) AS defect_text
FROM found_items AS f JOIN orders_link AS k USING (order_id, line_id)
GROUP BY f.order_id;
CREATE OR REPLACE TABLE orders_desired AS
SELECT o.order_id, o.number, o.ordered_at, o.status, o.status_label, o.currency, o.total, o.total_tax, coalesce(s.lines, 0) AS lines,
       coalesce(o.total - s.total, 0) AS rounding, coalesce(o.total_tax - s.tax, 0) AS rounding_tax,
       greatest(1, coalesce(s.lines * 0.5 + s.units * 0.5, 0)) AS allowed, coalesce(s.has_products, true) AS has_products, o.payment_method,
       o.customer_id, nullif(trim(o.email), '') AS email, o.first_name, o.last_name, o.company, o.phone, o.street_1, o.street_2, o.city, o.state AS region,
       o.postcode, o.country, o.customer_note, o.staff_note, d.hash,
       CASE WHEN st.becomes = 'not_imported' AND k.stands THEN 'closed' ELSE coalesce(st.becomes, 'not_imported') END AS becomes, coalesce(st.paid, false) AS paid, coalesce(st.open, true) AS is_open, st.way, coalesce(st.notice, false) AS notice, h.is_history, h.stays,
       coalesce(g.amount, 0) AS given_back, CASE WHEN k.stands THEN k.refunds ELSE $refunds END AS takes_refunds,
       coalesce(st.refunded AND k.voided AND NOT k.stands, false) AS stays_voided,
       st.status IS NOT NULL AS status_known, a.currency AS till_currency, a.decimal_places AS places, coalesce(len(o.defects), 0) + coalesce(s.defects, 0) AS defects,
       left(concat_ws('; ', nullif(array_to_string(o.defects, '; '), ''), s.defect_text), 500) AS defect_text,
       CASE WHEN k.stands THEN NULL
            WHEN o.ordered_at < $start AND NOT ($by_change AND o.changed_at >= $start) THEN 'before_start'
            WHEN o.deleted_at IS NOT NULL THEN 'deleted'
            WHEN st.becomes = 'not_imported' THEN 'not_imported'
            WHEN NOT st.paid AND $awaiting = 'skip' AND st.becomes = 'closed' THEN 'awaiting_payment'
       END AS class
FROM target_orders AS o
JOIN orders_due AS d ON d.order_id = o.order_id
JOIN order_history AS h ON h.order_id = o.order_id
CROSS JOIN (SELECT any_value(currency) AS currency, any_value(decimal_places) AS decimal_places FROM source_account) AS a
LEFT JOIN order_statuses AS st ON st.status = o.status
LEFT JOIN order_sums AS s ON s.order_id = o.order_id
LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM order_refunds GROUP BY order_id) AS g ON g.order_id = o.order_id
LEFT JOIN order_standing AS k ON k.order_id = o.order_id;
CREATE OR REPLACE TABLE order_lines_desired AS
SELECT f.order_id, f.line_id AS key, f.kind, k.item_id, k.item_key, f.sku, f.name, f.quantity, f.total, f.tax, t.tax_id, coalesce(f.discount, 0) AS discount, f.note,
       k.how, coalesce(f.position, 0) AS position
FROM found_items AS f
JOIN orders_link AS k USING (order_id, line_id)
LEFT JOIN line_taxes AS t USING (order_id, line_id)
UNION ALL
-- What the store's own rounding leaves has a line of its own: nothing is hidden in another one (I-4).
SELECT d.order_id, 'rounding', 'rounding', coalesce(s.item_id, 'created:helper:rounding'), 'helper:rounding', h.sku, 'Rounding', 1, d.rounding, d.rounding_tax,
       n.tax_id, 0, NULL, 'what rounding leaves', 999999
FROM orders_desired AS d
JOIN order_helpers AS h ON h.item_key = 'helper:rounding'
LEFT JOIN variants_by_sku AS s ON s.sku = h.sku
LEFT JOIN (SELECT arg_min(tax_id, struct_pack(a := rate, b := name)) AS tax_id FROM source_taxes WHERE deleted_at IS NULL) AS n ON true
WHERE d.class IS NULL AND d.becomes = 'closed' AND d.defects = 0 AND (d.rounding <> 0 OR d.rounding_tax <> 0);
-- What was given back, where it is recorded; what has no line of the order stands by itself, as `item_id` (C-08).
CREATE OR REPLACE TABLE order_refunds_desired AS
SELECT r.order_id, 'refund-' || r.refund_id AS key, r.line_id AS line_key, r.units, r.amount, r.refunded_at,
       coalesce(s.item_id, 'created:' || h.item_key) AS item_id, n.tax_id
FROM (FROM order_refunds WHERE amount <> 0 OR units <> 0) AS r
SEMI JOIN (FROM orders_desired WHERE class IS NULL AND becomes = 'closed') AS d ON d.order_id = r.order_id
JOIN order_helpers AS h ON h.item_key = 'helper:refund'
LEFT JOIN variants_by_sku AS s ON s.sku = h.sku
LEFT JOIN (SELECT arg_min(tax_id, struct_pack(a := rate, b := name)) AS tax_id FROM source_taxes WHERE deleted_at IS NULL) AS n ON true;
CREATE OR REPLACE TABLE order_payments_desired AS
SELECT p.order_id, p.payment_id AS key, p.kind, p.method, p.amount, p.paid_at
FROM target_order_payments AS p SEMI JOIN orders_due AS d ON d.order_id = p.order_id
WHERE p.kind IN ('captured', 'authorized', 'credit') AND p.amount > 0;
