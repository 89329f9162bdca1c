-- The newest runs of a connection, newest first. Bound: $connection, $limit.
SELECT run_id, mode, verdict, started_at, ended_at, summary, exit_code, only_plan
FROM sync.runs WHERE connection = $connection
ORDER BY started_at DESC, ended_at DESC LIMIT $limit
