-- The raw table of one list. Grain: one row per id. Inputs: {raw}, {landing}.
-- seq: the number of the run that last changed the row; defect: why its record cannot be taken as it stands.
CREATE TABLE IF NOT EXISTS {raw} (
    id VARCHAR, version BIGINT, deleted_at VARCHAR, record JSON,
    row_hash UBIGINT, seq BIGINT, run_id VARCHAR, gone BOOLEAN
);
ALTER TABLE {raw} ADD COLUMN IF NOT EXISTS defect VARCHAR;
CREATE TABLE IF NOT EXISTS {landing} (id VARCHAR, version BIGINT, deleted_at VARCHAR, record VARCHAR);
