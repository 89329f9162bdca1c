-- From which version a feed is read once more: $overlap versions back, but not more than $records known records.
-- Inputs: {raw}. Bound: $value, $overlap, $records.
SELECT greatest(coalesce(CASE WHEN count(*) = $records THEN min(version) END, 0), $value - $overlap, 1) - 1 AS start
FROM (SELECT version FROM {raw} WHERE version <= $value ORDER BY version DESC LIMIT $records)
