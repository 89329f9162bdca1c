-- One row per list read in this run: whether it lacks what it had, which nobody approved, and records without an id.
SELECT r.platform || '/' || r.resource AS item_id, NULL::VARCHAR AS sku, r.resource || ' of ' || r.platform AS name, $program AS program, $merchant AS merchant, $connection AS connection, r.platform, r.resource,
       r.rows, r.rows_before, CAST(coalesce(CAST(h.changes -> 'records' ->> 'before' AS BIGINT) - CAST(h.changes -> 'records' ->> 'after' AS BIGINT), 0) AS BIGINT) AS lost,
       h.item_id IS NOT NULL AND r.rows = 0 AS emptied, h.item_id IS NOT NULL AND r.rows > 0 AS shrunk, r.without_id
FROM sync.reads AS r
LEFT JOIN (SELECT item_id, changes FROM sync.holds WHERE connection = $connection AND run_id = $run_id AND class = 'records_missing' AND state = 'open') AS h
    ON h.item_id = r.platform || '/' || r.resource
WHERE r.run_id = $run_id AND r.platform IN ($source, $target)
ORDER BY r.platform, r.resource
