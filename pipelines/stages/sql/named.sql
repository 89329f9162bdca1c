-- Ids that records of a list name and that are not known, of records that came since these were asked for last. Grain: id.
-- Inputs: {list}, {known}, sync.watermarks. Bound: $path: where they are named, $consumer, $source: under which it is noted.
SELECT DISTINCT json_extract_string(record, $path) AS id
FROM {list}
WHERE NOT gone AND seq > coalesce((SELECT max(seq) FROM sync.watermarks WHERE consumer = $consumer AND source = $source), -1)
  AND nullif(json_extract_string(record, $path), '') IS NOT NULL
  AND json_extract_string(record, $path) NOT IN (SELECT id FROM {known})
ORDER BY id
