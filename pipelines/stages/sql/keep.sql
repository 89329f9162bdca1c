-- What the store holds of a record before it is deleted there: its product as it was read, and the levels of what goes with it.
-- Inputs: {raw}, {variants}, {stock}. Bound: $connection, $level, $to_id, $product, $run_id, $now.
INSERT INTO sync.kept BY NAME
SELECT $connection AS connection, $level AS level, $to_id AS to_id, $product AS product_id, record, 'deleted' AS reason, $run_id AS run_id, $now AS recorded_at
FROM {raw} WHERE id = $product;
INSERT INTO sync.kept BY NAME
SELECT $connection AS connection, 'stock' AS level, v.variant_id AS to_id, $product AS product_id,
       json_object('location_id', s.location_id, 'on_hand', s.on_hand) AS record, 'deleted' AS reason, $run_id AS run_id, $now AS recorded_at
FROM {variants} AS v JOIN {stock} AS s ON s.variant_id = v.variant_id
WHERE v.product_id = $product AND ($level = 'product' OR v.variant_id = $to_id);
