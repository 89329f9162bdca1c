-- What a read leaves in doubt. Grain: id and why. Inputs: {landing}, {raw}. Bound: $complete, $asked.
-- absent: known, not as deleted, and should have come. twice: came more than once, each time otherwise, of one version (B17).
SELECT known.id, 'absent' AS why FROM {raw} AS known ANTI JOIN {landing} AS fresh USING (id)
WHERE $complete AND NOT known.gone AND nullif(known.deleted_at, '') IS NULL
UNION ALL
SELECT known.id, 'absent' FROM (SELECT DISTINCT unnest(CAST($asked AS VARCHAR[])) AS id) AS asked
JOIN {raw} AS known USING (id) ANTI JOIN {landing} AS fresh USING (id)
WHERE NOT $complete AND NOT known.gone
UNION ALL
SELECT id, 'twice'
FROM (
    SELECT id, record FROM {landing} SEMI JOIN (SELECT id FROM {landing} GROUP BY id HAVING count(*) > 1) AS again USING (id)
    QUALIFY rank() OVER (PARTITION BY id ORDER BY version DESC NULLS LAST) = 1
)
GROUP BY id HAVING min(record) <> max(record)
ORDER BY why, id
