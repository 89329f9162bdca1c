-- Merge one landing table into its raw table: changed and new records get a new seq, equal ones are untouched.
-- Leaves ``absent``: known ids that should have come and did not. Whether they are gone is for gone.sql.
-- Grain: one row per id. Inputs: {landing} (this read), {raw}. Bound: $run_id, $seq, $complete, $asked, $anew.
-- Of one id the highest version counts, here and against what is known, so that the order in which readings arrive and
-- how often does not matter (I-30); only where versions are counted anew a lower one does. ``defect``: why a record
-- cannot be taken as it stands (B18).
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT id, version, deleted_at, CAST(record AS JSON) AS record, hash(record) AS row_hash
FROM {landing}
WHERE id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY id ORDER BY version DESC NULLS LAST, record) = 1;
CREATE OR REPLACE TEMP TABLE changed AS
SELECT fresh.*
FROM fresh
LEFT JOIN {raw} AS known USING (id)
WHERE known.id IS NULL
   OR (known.row_hash <> fresh.row_hash OR known.gone) AND ($anew OR NOT coalesce(fresh.version < known.version, false));
CREATE OR REPLACE TEMP TABLE named_twice AS
SELECT id, 'the key ' || min(key) || ' is in its record twice' AS defect
FROM (SELECT changed.id, tree.key FROM changed, json_tree(changed.record) AS tree
      WHERE tree.key IS NOT NULL GROUP BY changed.id, tree.parent, tree.key HAVING count(*) > 1)
GROUP BY id;
DELETE FROM {raw} USING changed WHERE {raw}.id = changed.id;
INSERT INTO {raw} BY NAME
SELECT id, version, deleted_at, record, row_hash, $seq AS seq, $run_id AS run_id, false AS gone, defect
FROM changed LEFT JOIN named_twice USING (id);
CREATE OR REPLACE TEMP TABLE absent AS
SELECT known.id FROM {raw} AS known ANTI JOIN fresh USING (id)
WHERE $complete AND NOT known.gone
UNION ALL
SELECT known.id FROM (SELECT DISTINCT unnest(CAST($asked AS VARCHAR[])) AS id) AS asked
JOIN {raw} AS known USING (id) ANTI JOIN fresh USING (id)
WHERE NOT $complete AND NOT known.gone;
