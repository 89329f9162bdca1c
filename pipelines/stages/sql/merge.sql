-- Merge one landing table into its raw table: changed and new records get a new seq, equal ones are untouched.
-- Grain: one row per id. Inputs: {landing} (dlt's table of this read), {raw}. Bound: $run_id, $seq, $complete, $asked.
CREATE TABLE IF NOT EXISTS {raw} (
    id VARCHAR, version BIGINT, deleted_at VARCHAR, record JSON,
    row_hash UBIGINT, seq BIGINT, run_id VARCHAR, gone BOOLEAN
);
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT id, version, deleted_at, CAST(record AS JSON) AS record, hash(record) AS row_hash
FROM {landing}
WHERE id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY id ORDER BY version DESC NULLS LAST, record) = 1;
CREATE OR REPLACE TEMP TABLE changed AS
SELECT fresh.*
FROM fresh
LEFT JOIN {raw} AS known USING (id)
WHERE known.id IS NULL OR known.row_hash <> fresh.row_hash OR known.gone;
DELETE FROM {raw} USING changed WHERE {raw}.id = changed.id;
INSERT INTO {raw}
SELECT id, version, deleted_at, record, row_hash, $seq, $run_id, false FROM changed;
CREATE OR REPLACE TEMP TABLE missing AS
SELECT known.id
FROM {raw} AS known
ANTI JOIN fresh USING (id)
WHERE NOT known.gone
  AND ($complete AND (SELECT count(*) > 0 FROM fresh) OR list_contains(CAST($asked AS VARCHAR[]), known.id));
UPDATE {raw} SET gone = true, seq = $seq, run_id = $run_id FROM missing WHERE {raw}.id = missing.id;
INSERT INTO {raw}
SELECT asked.id, NULL, NULL, NULL, NULL, $seq, $run_id, true
FROM (SELECT unnest(CAST($asked AS VARCHAR[])) AS id) AS asked
ANTI JOIN {raw} USING (id);
