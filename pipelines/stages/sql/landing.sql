-- How a read that has landed stands to what is known of its list. One row. Inputs: {landing}, {raw}, sync.absent, sync.holds.
-- Bound: $platform, $resource, $item (platform/list), $held_class. news: rows that are not known as they came.
SELECT (SELECT count(*) FROM {raw} WHERE NOT gone) AS before, count(*) AS rows, count(DISTINCT fresh.id) AS ids,
       count(*) FILTER (known.id IS NULL OR known.gone OR known.row_hash <> hash(CAST(fresh.record AS JSON)) OR nullif(known.deleted_at, '') IS NOT NULL AND nullif(fresh.deleted_at, '') IS NULL) AS news,
       count(*) FILTER (fresh.id IS NULL) AS without_id,
       (SELECT count(*) FROM sync.absent WHERE platform = $platform AND resource = $resource) AS waiting,
       (SELECT count(*) FROM sync.holds WHERE class = $held_class AND item_id = $item AND state IN ('open', 'approved')) AS held
FROM {landing} AS fresh LEFT JOIN {raw} AS known ON known.id = fresh.id
