-- The calls of the run by operation: ids in a path become {…}, its query is left out. Bound: $run_id, $source, $target, $limit.
SELECT platform, kind, method,
       regexp_replace(split_part(path, '?', 1), '/([0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})(/|$)', '/…\2', 'g') AS operation,
       count(*) AS calls, count(*) FILTER (coalesce(status, 599) >= 400) AS refused,
       CAST(round(median(ms)) AS BIGINT) AS median_ms, max(ms) AS slowest_ms, CAST(sum(bytes_in) AS BIGINT) AS bytes_in,
       CAST(sum(bytes_out) AS BIGINT) AS bytes_out, count(*) OVER () AS total
FROM sync.calls WHERE run_id = $run_id AND platform IN ($source, $target)
GROUP BY platform, kind, method, operation
ORDER BY platform, calls DESC, operation LIMIT $limit
