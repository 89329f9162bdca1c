-- Known records that a list of deletions names and that are not known to be gone; not those we deleted ourselves, which are looked at
-- anyway, nor those that were there by themselves after the list named them: `named_deleted`. Grain: record.
-- Inputs: {of}, {deleted}, sync.detailed, sync.intents, sync.ended. Bound: $platform, $resource, $also: another field that names them, $most.
CREATE OR REPLACE TEMP TABLE named_deleted AS
WITH named AS (
    SELECT k.id, d.row_hash, d.record ->> '$.date' AS deleted_at FROM {of} AS k JOIN {deleted} AS d ON d.id = k.id WHERE NOT k.gone AND nullif(k.deleted_at, '') IS NULL
    UNION
    SELECT k.id, d.row_hash, d.record ->> '$.date' FROM {of} AS k JOIN {deleted} AS d ON d.id = json_extract_string(k.record, $also)
    WHERE $also IS NOT NULL AND NOT k.gone AND nullif(k.deleted_at, '') IS NULL
)
SELECT id, any_value(row_hash) AS row_hash, coalesce(max(deleted_at), 'unknown') AS deleted_at
FROM named
ANTI JOIN (SELECT id, row_hash FROM sync.detailed WHERE platform = $platform AND resource = $resource) AS there USING (id, row_hash)
WHERE id NOT IN (
    SELECT i.target_id FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
    WHERE i.action = 'delete' AND i.level = 'product' AND split_part(i.connection, '__', 2) = $platform AND i.target_id IS NOT NULL
)
GROUP BY id ORDER BY id LIMIT $most
