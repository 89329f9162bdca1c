-- One run: a linked mug that both sides hide, whose price changed; a cap with a script for a name, set aside, sold below 0.
INSERT INTO tilly.tilly_account BY NAME SELECT 'GBP' AS currency, 2 AS decimal_places;
INSERT INTO shoppy.shoppy_account BY NAME SELECT 'GBP' AS currency, 2 AS decimal_places;
INSERT INTO shoppy.shoppy_locations BY NAME SELECT '1' AS location_id, 'Main' AS name;
INSERT INTO tilly.tilly_products BY NAME
FROM (VALUES ('tp', 'Mug', false, 350), ('cp', '<script>alert("x")</script> {{ 7 * 7 }}', true, NULL)) AS p(product_id, name, is_active, weight);
INSERT INTO tilly.tilly_variants BY NAME
FROM (VALUES ('tv', 'tp', 'MUG-1', 1250), ('cv', 'cp', 'CAP ''x; rm', -1)) AS v(variant_id, product_id, sku, price);
INSERT INTO tilly.tilly_stock BY NAME SELECT 'tv' AS variant_id, '1' AS location_id, 10 AS on_hand, true AS tracked;
INSERT INTO shoppy.shoppy_products BY NAME SELECT 'sp' AS product_id, 'Mug' AS name, false AS is_active, 410 AS weight;
INSERT INTO shoppy.shoppy_variants BY NAME SELECT 'sv' AS variant_id, 'sp' AS product_id, 'MUG-1' AS sku, 1000 AS price;
INSERT INTO shoppy.shoppy_stock BY NAME SELECT 'sv' AS variant_id, '1' AS location_id, 7 AS on_hand, true AS tracked;
INSERT INTO tilly__shoppy.field_rules VALUES
('products', 'name', 'name', true, true, 'from_to', 'from', 'skip', true, true, 'owned by the till', ['S000-12'], 1, NULL),
('products', 'weight', NULL, false, false, 'none', 'to', 'skip', false, false, 'weight belongs to the store', ['S000-22'], 2, 'weight_unit'),
('products', 'supplier', NULL, false, false, 'none', 'none', 'skip', false, false, 'the store has no supplier', [], 3, NULL),
('variants', 'price', 'price', true, true, 'from_to', 'from', 'skip', true, true, 'owned by the till', ['S000-13'], 4, 'minor'),
('stock', 'on_hand', 'on_hand', true, true, 'from_to', 'from', 'skip', true, true, 'owned by the till', ['S000-18'], 5, 'units');
INSERT INTO tilly__shoppy.field_decisions VALUES
('variants', 'tv', NULL, 'price', 'price', 'blank_skipped', 'an older word', NULL, '1000', 'run-0', TIMESTAMPTZ '2026-03-01 09:00:00+00'),
('variants', 'tv', NULL, 'price', 'price', 'synced', 'owned by the till', '1250', '1000', 'run-1', TIMESTAMPTZ '2026-03-02 09:00:00+00');
INSERT INTO sync.links BY NAME
FROM (VALUES ('tilly__shoppy', 'products', 'tp', 'sp', 'sku', 'linked'), ('tilly__shoppy', 'variants', 'tv', 'sv', 'sku', 'linked'))
AS l(connection, level, from_id, to_id, match_key, state);
INSERT INTO tilly__shoppy.variants_link VALUES
('tv', 'tp', 'MUG-1', 'sv', 'sp', 'linked', 'sku', NULL), ('cv', 'cp', 'CAP ''x; rm', NULL, NULL, 'none', NULL, NULL);
INSERT INTO tilly__shoppy.plan BY NAME
SELECT 1 AS seq, 'catalogue' AS phase, 'products' AS entity, 'variant' AS level, 'update' AS action, 'tv' AS item_id, 'MUG-1' AS sku,
       'Mug' AS name, 'sv' AS target_id, '{"price":{"before":1000.0000,"after":1250.0000}}' AS changes, 'planned' AS state,
       'S000-13 S000-13' AS rule;
INSERT INTO tilly__shoppy.receipts BY NAME SELECT 'run-1' AS run_id, 1 AS plan_seq, 'ok' AS outcome;
INSERT INTO tilly__shoppy.stock_desired VALUES ('tv', '1', 10, 7, 2, 0, 1, 0, false, false, NULL), ('cv', '1', -3, 0, 0, 0, 1, 0, true, false, NULL);
INSERT INTO tilly__shoppy.stock_agreed VALUES ('tv', '1', 7, 1, TIMESTAMPTZ '2026-03-02 09:15:00+00', 'run-1');
INSERT INTO tilly__shoppy.stock_in_flight VALUES ('tilly__shoppy', '100', '100', 'Awaiting Fulfillment', 'tv', 2);
INSERT INTO tilly__shoppy.end_states BY NAME
SELECT 'run-1' AS run_id, entity, item_id, location_id, v.sku, p.name, state
FROM (VALUES ('products', 'tv', NULL, 'updated'), ('products', 'cv', NULL, 'quarantined'), ('stock', 'tv', '1', 'unchanged'))
AS e(entity, item_id, location_id, state)
JOIN tilly.tilly_variants AS v ON v.variant_id = e.item_id
JOIN tilly.tilly_products AS p ON p.product_id = v.product_id;
INSERT INTO sync.quarantine BY NAME
SELECT 'tilly__shoppy' AS connection, 'products' AS entity, 'cv' AS item_id, 'CAP ''x; rm' AS sku, p.name, 'price_negative' AS class,
       'the price -0.01 is below 0' AS reason, 'S000-13' AS rule, TIMESTAMPTZ '2026-03-02 09:15:00+00' AS since
FROM tilly.tilly_products AS p WHERE p.product_id = 'cp';
INSERT INTO tilly__shoppy.verdict VALUES ('run-1', 'h', true, '[{"suite":"variants","expectation":"price_there","kind":"row",
"passed":true,"evaluated":2,"broken":0,"error":null,"examples":[]}]', TIMESTAMPTZ '2026-03-02 09:15:00+00');
INSERT INTO sync.runs BY NAME
SELECT 'run-1' AS run_id, 'tilly__shoppy' AS connection, 'first' AS mode, 'passed' AS verdict, 1 AS exit_code, false AS only_plan,
       TIMESTAMPTZ '2026-03-02 09:15:00+00' AS started_at, TIMESTAMPTZ '2026-03-02 09:15:02+00' AS ended_at,
       '{"entities":{"products":{"observed":2,"withheld_fields":4},"stock":{"observed":1,"withheld_fields":0}},"seconds":{"plan":0.1}}' AS summary;
