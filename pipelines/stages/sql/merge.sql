-- Merge one landing table into its raw table: changed and new records get a new seq, equal ones are untouched.
-- Leaves ``absent``: known ids that should have come and did not. Whether they are gone is for gone.sql.
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
CREATE OR REPLACE TEMP TABLE absent AS
SELECT known.id FROM {raw} AS known ANTI JOIN fresh USING (id)
WHERE $complete AND NOT known.gone
UNION ALL
SELECT known.id FROM (SELECT DISTINCT unnest(CAST($asked AS VARCHAR[])) AS id) AS asked
JOIN {raw} AS known USING (id) ANTI JOIN fresh USING (id)
WHERE NOT $complete AND NOT known.gone;
