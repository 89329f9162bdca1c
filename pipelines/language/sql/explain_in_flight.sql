-- The orders whose units of a SKU its level holds back, and why. Bound: $ids.
SELECT number, status, state, units, why
FROM {orders_in_flight} WHERE list_contains(CAST($ids AS VARCHAR[]), item_id) ORDER BY number
