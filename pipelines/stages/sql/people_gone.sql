-- The same of the canonical tables. Inputs: {orders}, {order_lines}, let_go.
UPDATE {orders}
SET email = NULL, first_name = NULL, last_name = NULL, company = NULL, phone = NULL, street_1 = NULL, street_2 = NULL, city = NULL, state = NULL,
    postcode = NULL, accepts_marketing = NULL, customer_note = NULL, staff_note = NULL
WHERE order_id IN (SELECT order_id FROM let_go);
UPDATE {order_lines} SET note = NULL WHERE order_id IN (SELECT order_id FROM let_go);
