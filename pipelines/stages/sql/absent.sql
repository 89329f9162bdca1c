-- Known ids, not of deleted records, that should have come and did not: ``absent``. Whether they are gone is for gone.sql.
-- Inputs: fresh, {raw}. Bound: $complete, $asked.
CREATE OR REPLACE TEMP TABLE absent AS
SELECT known.id FROM {raw} AS known ANTI JOIN fresh USING (id)
WHERE $complete AND NOT known.gone AND nullif(known.deleted_at, '') IS NULL
UNION ALL
SELECT known.id FROM (SELECT DISTINCT unnest(CAST($asked AS VARCHAR[])) AS id) AS asked
JOIN {raw} AS known USING (id) ANTI JOIN fresh USING (id)
WHERE NOT $complete AND NOT known.gone;
