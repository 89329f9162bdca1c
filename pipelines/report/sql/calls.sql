-- The calls of the run by platform. ms: milliseconds until the answer was read. Bound: $run_id, $source, $target.
SELECT platform, count(*) FILTER (kind = 'read') AS reads, count(*) FILTER (kind = 'write') AS writes,
       count(*) FILTER (status = 429) AS throttled, count(*) FILTER (attempt > 1) AS repeated,
       count(*) FILTER (outcome = 'unknown') AS unknown, CAST(sum(ms) AS BIGINT) AS total_ms, max(ms) AS slowest_ms
FROM sync.calls WHERE run_id = $run_id AND platform IN ($source, $target)
GROUP BY platform ORDER BY platform
