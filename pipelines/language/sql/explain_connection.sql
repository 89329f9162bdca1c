-- Every field of a connection: whether it syncs, which way, why, and for how many records what was decided last.
WITH latest AS (
    SELECT entity, item_id, location_id, field, arg_max(decision, decided_at) AS decision
    FROM {field_decisions}
    GROUP BY entity, item_id, location_id, field
),
counted AS (
    SELECT entity, field, decision, count(*) AS records FROM latest GROUP BY entity, field, decision
),
counts AS (
    SELECT entity, field, json_group_object(decision, records) AS decisions FROM counted GROUP BY entity, field
)
SELECT r.*, coalesce(c.decisions, '{}') AS decisions
FROM {field_rules} AS r
LEFT JOIN counts AS c ON c.entity = r.entity AND c.field = r.field
ORDER BY list_position(['products', 'variants', 'images', 'stock', 'customers'], r.entity), r.line
