-- Merge what changed into the raw table under a new seq; equal records are untouched. ``defect``: why a record cannot be taken as
-- it stands (B18). Inputs: changed, {raw}. Bound: $run_id, $seq.
CREATE OR REPLACE TEMP TABLE named_twice AS
SELECT id, 'the key ' || min(key) || ' is in its record twice' AS defect
FROM (SELECT changed.id, tree.key FROM changed, json_tree(changed.record) AS tree
      WHERE tree.key IS NOT NULL GROUP BY changed.id, tree.parent, tree.key HAVING count(*) > 1)
GROUP BY id;
DELETE FROM {raw} USING changed WHERE {raw}.id = changed.id;
INSERT INTO {raw} BY NAME
SELECT id, version, deleted_at, record, row_hash, $seq AS seq, $run_id AS run_id, false AS gone, defect
FROM changed LEFT JOIN named_twice USING (id);
