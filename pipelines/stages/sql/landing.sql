-- How a read that has landed stands to what is known of its list. One row. Inputs: {landing}, {raw}.
-- news: rows that are not known as they came; there: rows of known records that are not gone (plain: none of them twice).
SELECT (SELECT count(*) FROM {raw} WHERE NOT gone) AS before, count(*) AS rows, count(DISTINCT fresh.id) AS ids,
       count(*) FILTER (known.id IS NULL OR known.gone OR known.row_hash <> hash(CAST(fresh.record AS JSON)) OR nullif(known.deleted_at, '') IS NOT NULL AND nullif(fresh.deleted_at, '') IS NULL) AS news,
       count(*) FILTER (fresh.id IS NULL) AS without_id, count(*) FILTER (NOT known.gone) AS there
FROM {landing} AS fresh LEFT JOIN {raw} AS known ON known.id = fresh.id
