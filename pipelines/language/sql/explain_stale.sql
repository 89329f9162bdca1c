-- When the last run began to read, where it then wrote one of these records: what was read is older than what stands.
-- One row or none. Bound: $connection, $ids.
SELECT r.started_at
FROM sync.runs AS r
WHERE r.connection = $connection
  AND r.started_at = (SELECT max(started_at) FROM sync.runs WHERE connection = $connection)
  AND EXISTS (FROM {receipts} AS w WHERE w.run_id = r.run_id AND w.outcome IN ('ok', 'exists') AND list_contains($ids, w.item_id))
