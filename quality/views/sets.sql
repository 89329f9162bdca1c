-- One row per list read in this run: whether it came back empty though it was not, and records without an id.
SELECT NULL::VARCHAR AS item_id, NULL::VARCHAR AS sku, NULL::VARCHAR AS name, platform, resource, rows, rows_before,
       complete AND rows = 0 AND rows_before > 0 AS emptied, without_id
FROM sync.reads
WHERE run_id = $run_id AND platform IN ($source, $target)
ORDER BY platform, resource
