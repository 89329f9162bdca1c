-- Runs of a connection that sent something, the newest first. Bound: $connection.
SELECT run_id, any_value(mode) AS mode, max(started_at) AS started_at
FROM sync.runs WHERE connection = $connection AND NOT only_plan
GROUP BY run_id ORDER BY started_at DESC, run_id
