-- Merge what changed into the raw table under a new seq; equal records are untouched. ``defect``: why a record cannot be taken as
-- it stands (B18). Inputs: changed, {raw}. Bound: $run_id, $seq.
-- Records are taken apart level by level: `json_tree` beside its record holds the whole of it once for every value in it.
CREATE OR REPLACE TEMP TABLE named_twice AS
WITH RECURSIVE part AS (
    SELECT id, record AS held FROM changed
    UNION ALL
    SELECT id, held
    FROM (SELECT id, unnest(CASE json_type(held) WHEN 'OBJECT' THEN json_extract(held, '$.*')
                                                 ELSE json_extract(held, '$[*]') END) AS held FROM part)
    WHERE json_type(held) IN ('OBJECT', 'ARRAY')
), named AS (
    SELECT id, json_keys(held) AS keys FROM part WHERE json_type(held) = 'OBJECT'
)
SELECT id, 'the key ' || min(twice) || ' is in its record twice' AS defect
FROM (SELECT id, unnest(list_filter(keys, lambda key, nth: list_position(keys, key) < nth)) AS twice
      FROM named WHERE len(list_distinct(keys)) < len(keys))
GROUP BY id;
DELETE FROM {raw} USING changed WHERE {raw}.id = changed.id;
INSERT INTO {raw} BY NAME
SELECT id, version, deleted_at, record, row_hash, $seq AS seq, $run_id AS run_id, false AS gone, defect
FROM changed LEFT JOIN named_twice USING (id);
