-- details_due
-- Ids of the records of a list whose details are to be read: never read, or read when the list showed them otherwise; and
-- those that are asked for. Inputs: {list}, sync.detailed. Bound: $platform, $resource, $also.
SELECT listed.id
FROM {list} AS listed
LEFT JOIN (SELECT id, row_hash FROM sync.detailed WHERE platform = $platform AND resource = $resource) AS known USING (id)
WHERE NOT listed.gone
  AND (known.row_hash IS DISTINCT FROM listed.row_hash OR list_contains(CAST($also AS VARCHAR[]), listed.id))
ORDER BY listed.version NULLS LAST, listed.id
