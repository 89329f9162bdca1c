-- What is known of orders and of what was recorded for them. Documents are the journal, made to be asked.
CREATE TABLE IF NOT EXISTS sync.order_states (connection VARCHAR, order_id VARCHAR, hash UBIGINT, state VARCHAR, reason VARCHAR, run_id VARCHAR, recorded_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS sync.committed (connection VARCHAR, item_id VARCHAR, units DECIMAL(18, 4), run_id VARCHAR);
CREATE TABLE IF NOT EXISTS sync.bases (connection VARCHAR, item_id VARCHAR, location_id VARCHAR, level DECIMAL(18, 4), ordered DECIMAL(18, 4), missing_since TIMESTAMPTZ, run_id VARCHAR, recorded_at TIMESTAMPTZ);
CREATE OR REPLACE VIEW sync.sale_documents AS
WITH came AS (
    SELECT intent, arg_max(outcome, n) AS outcome, arg_max(target_id, n) AS target_id, arg_max(created, n) AS created, max(recorded_at) AS recorded_at
    FROM sync.outcomes GROUP BY intent
), voided AS (
    SELECT i.connection, i.target_id, max(c.recorded_at) AS voided_at, arg_max(c.created -> 'sale' ->> 'restocked', c.recorded_at) AS restocked
    FROM sync.intents AS i JOIN came AS c ON c.intent = i.n AND c.outcome IN ('ok', 'exists')
    WHERE i.level = 'sale' AND i.action = 'void' GROUP BY i.connection, i.target_id
)
SELECT i.connection, i.item_id AS order_id, i.n AS intent, i.run_id, i.planned_at, CAST(i.document ->> 'number' AS INTEGER) AS number, i.document ->> 'kind' AS kind,
       i.document ->> 'state' AS state, i.document ->> 'id' AS document_id, i.document ->> 'reference' AS reference, i.document,
       coalesce(c.outcome, 'unknown') AS outcome, c.target_id AS sale_id, TRY_CAST(c.created -> 'sale' ->> 'version' AS BIGINT) AS version, c.recorded_at,
       v.voided_at, v.restocked
FROM sync.intents AS i
LEFT JOIN came AS c ON c.intent = i.n
LEFT JOIN voided AS v ON v.connection = i.connection AND v.target_id = c.target_id
WHERE i.level = 'sale' AND i.action = 'create';
