-- What came in one read, each record once, and of it what is new or not as it was: ``fresh`` and ``changed``.
-- Grain: one row per id. Inputs: {landing} (this read), {raw}. Bound: $anew.
-- Of one id the highest version counts, here and against what is known, so that the order in which readings arrive and
-- how often does not matter (I-30); only where versions are counted anew a lower one does. What was found to be deleted and comes
-- again as it was is there again, unless it is once more found not to be.
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
   OR (known.row_hash <> fresh.row_hash OR known.gone OR nullif(known.deleted_at, '') IS NOT NULL AND nullif(fresh.deleted_at, '') IS NULL) AND ($anew OR NOT coalesce(fresh.version < known.version, false));
