-- Who changed what, when, why and with what evidence: the rows a run sent, each with its values, what it was meant to do, what came
-- of it, the calls it went with, and the decision it went by. Bound: $connection, $run_id, $call (NULL: all), $sku (NULL: all).
WITH sent AS (
    SELECT i.n AS intent, i.planned_at, i.entity, i.level, i.action, i.item_id, i.sku, i.target_id, i.changes_hash, i.plan_seq, i.hold_id,
           o.outcome, o.status, o.first_call, o.last_call, o.recorded_at AS came_at
    FROM sync.intents AS i
    LEFT JOIN (
        SELECT intent, arg_max(outcome, n) AS outcome, arg_max(status, n) AS status, arg_min(first_call, n) AS first_call,
               arg_min(last_call, n) AS last_call, max(recorded_at) AS recorded_at
        FROM sync.outcomes GROUP BY intent
    ) AS o ON o.intent = i.n
    WHERE i.connection = $connection AND i.run_id = $run_id AND ($sku IS NULL OR i.sku = $sku)
      AND ($call IS NULL OR $call BETWEEN o.first_call AND o.last_call)
),
called AS (
    SELECT s.intent, CAST(to_json(list({'call': $run_id || '/' || c.n, 'method': c.method, 'path': c.path, 'status': c.status, 'outcome': c.outcome,
                                   'request_hash': c.request_hash, 'recorded_at': c.recorded_at} ORDER BY c.n)) AS VARCHAR) AS calls
    FROM sent AS s
    JOIN sync.calls AS c ON c.run_id = $run_id AND c.n BETWEEN s.first_call AND s.last_call
    GROUP BY s.intent
),
word AS (
    SELECT hold_id, arg_max(what, n) AS what, max(decided_at) AS decided_at, arg_max(shown, n) AS shown
    FROM sync.decisions WHERE connection = $connection AND what IN ('holds approve', 'sync --yes') GROUP BY hold_id
)
SELECT s.intent, s.planned_at, s.entity, s.level, s.action, s.sku, r.name, s.target_id, s.outcome, s.status, s.came_at, r.message,
       r.changes, s.changes_hash, s.hold_id, h.class AS held_as, w.what AS decision, w.decided_at, w.shown AS decided_on,
       u.mode, u.mapping_hash, c.calls
FROM sent AS s
LEFT JOIN (FROM receipts WHERE run_id = $run_id) AS r ON r.plan_seq = s.plan_seq
LEFT JOIN (FROM sync.runs WHERE connection = $connection AND run_id = $run_id) AS u ON true
LEFT JOIN (FROM sync.holds WHERE connection = $connection) AS h ON h.hold_id = s.hold_id
LEFT JOIN word AS w ON w.hold_id = s.hold_id
LEFT JOIN called AS c ON c.intent = s.intent
ORDER BY s.intent
