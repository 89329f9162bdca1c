-- The tables of a connection as its stages leave them.
CREATE SCHEMA tilly__shoppy;
CREATE TABLE tilly__shoppy.field_rules (
    entity VARCHAR, field VARCHAR, to_field VARCHAR, syncs BOOLEAN, sends BOOLEAN, direction VARCHAR, owner VARCHAR,
    on_blank VARCHAR, on_create BOOLEAN, on_update BOOLEAN, reason VARCHAR, rules VARCHAR[], line BIGINT, unit VARCHAR);
CREATE TABLE tilly__shoppy.field_decisions (
    entity VARCHAR, item_id VARCHAR, location_id VARCHAR, field VARCHAR, to_field VARCHAR, decision VARCHAR, reason VARCHAR,
    source_value VARCHAR, target_value VARCHAR, run_id VARCHAR, decided_at TIMESTAMPTZ);
CREATE TABLE tilly__shoppy.plan (
    seq INTEGER, phase VARCHAR, entity VARCHAR, level VARCHAR, action VARCHAR, item_id VARCHAR, sku VARCHAR, name VARCHAR,
    target_id VARCHAR, parent_target_id VARCHAR, parent_item_id VARCHAR, location_id VARCHAR, is_base BOOLEAN, changes JSON,
    state VARCHAR, class VARCHAR, reason VARCHAR, rule VARCHAR);
CREATE TABLE tilly__shoppy.receipts (
    run_id VARCHAR, plan_seq INTEGER, entity VARCHAR, level VARCHAR, action VARCHAR, item_id VARCHAR, sku VARCHAR, name VARCHAR,
    location_id VARCHAR, outcome VARCHAR, target_id VARCHAR, status INTEGER, message VARCHAR, created JSON, changes JSON,
    received_at TIMESTAMPTZ);
CREATE TABLE tilly__shoppy.end_states (
    run_id VARCHAR, entity VARCHAR, item_id VARCHAR, location_id VARCHAR, sku VARCHAR, name VARCHAR, state VARCHAR,
    reason VARCHAR, rule VARCHAR);
CREATE TABLE tilly__shoppy.verdict (run_id VARCHAR, plan_hash VARCHAR, passed BOOLEAN, checks JSON, judged_at TIMESTAMPTZ);
CREATE TABLE tilly__shoppy.variants_link (
    from_id VARCHAR, product_id VARCHAR, sku VARCHAR, to_id VARCHAR, to_product_id VARCHAR, state VARCHAR, match_key VARCHAR,
    reason VARCHAR);
CREATE TABLE tilly__shoppy.stock_desired (
    item_id VARCHAR, location_id VARCHAR, till_on_hand DECIMAL(38,4), on_hand DECIMAL(18,4), reserved DECIMAL(38,4), unexplained DECIMAL(18,4), held_back DECIMAL(18,4), coming_back DECIMAL(18,4),
    negative BOOLEAN, fractional BOOLEAN, reason VARCHAR);
CREATE TABLE tilly__shoppy.stock_agreed (item_id VARCHAR, location_id VARCHAR, level DECIMAL(18,4), seq BIGINT, agreed_at TIMESTAMPTZ, run_id VARCHAR);
CREATE TABLE tilly__shoppy.sales_by_hand (connection VARCHAR, order_id VARCHAR, reference VARCHAR, said VARCHAR);
CREATE TABLE tilly__shoppy.stock_in_flight (connection VARCHAR, order_id VARCHAR, number VARCHAR, status VARCHAR, item_id VARCHAR, units DECIMAL(38,4));
CREATE TABLE tilly__shoppy.products_desired (item_id VARCHAR, name VARCHAR);
CREATE TABLE tilly__shoppy.variants_desired (item_id VARCHAR, price DECIMAL(18,4));
CREATE TABLE tilly__shoppy.images_desired (item_id VARCHAR, images STRUCT(url VARCHAR, position INTEGER)[]);
