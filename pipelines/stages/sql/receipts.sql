-- One receipt per plan row that was handed to a platform.
CREATE TABLE IF NOT EXISTS receipts (
    run_id VARCHAR, plan_seq INTEGER, entity VARCHAR, level VARCHAR, action VARCHAR, item_id VARCHAR, sku VARCHAR, name VARCHAR,
    location_id VARCHAR, outcome VARCHAR, target_id VARCHAR, status INTEGER, message VARCHAR, created JSON, changes JSON,
    received_at TIMESTAMPTZ
);
ALTER TABLE receipts ADD COLUMN IF NOT EXISTS is_base BOOLEAN;
