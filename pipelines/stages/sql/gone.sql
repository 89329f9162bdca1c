-- Mark what is gone: what should have come and did not, where that is believed. What was asked for by id and never known is
-- kept as gone too. Inputs: {raw}, absent. Bound: $run_id, $seq, $believed, $asked.
CREATE OR REPLACE TEMP TABLE now_gone AS
SELECT id FROM absent WHERE $believed;
UPDATE {raw} SET gone = true, seq = $seq, run_id = $run_id FROM now_gone WHERE {raw}.id = now_gone.id;
INSERT INTO {raw}
SELECT asked.id, NULL, NULL, NULL, NULL, $seq, $run_id, true
FROM (SELECT unnest(CAST($asked AS VARCHAR[])) AS id) AS asked
ANTI JOIN {raw} USING (id);
