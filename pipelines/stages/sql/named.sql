-- Ids that records of a list name and that are not known. Grain: id. Inputs: {list}, {known}. Bound: $path: where they are named,
-- $seq: this run, of whose records they are.
SELECT DISTINCT json_extract_string(record, $path) AS id
FROM {list}
WHERE NOT gone AND seq = $seq AND nullif(json_extract_string(record, $path), '') IS NOT NULL
  AND json_extract_string(record, $path) NOT IN (SELECT id FROM {known})
ORDER BY id
