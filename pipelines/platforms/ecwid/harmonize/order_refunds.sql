-- One row per refund. Inputs: ecwid_orders_raw, ecwid_profile_raw. A refund names an amount and no lines, and has no id of its
-- own: it is known by its place in its order's list (fact sheet §4.2).
WITH store AS (
    SELECT CAST(CASE any_value(TRY_CAST(record ->> '$.formatsAndUnits.currencyPrecision' AS INTEGER))
        WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor
    FROM ecwid_profile_raw
),
told AS (
    SELECT order_id, unnest(refunds) AS r, generate_subscripts(refunds, 1) AS place
    FROM (
        SELECT id AS order_id, from_json(record -> '$.refunds', '[{"date":"VARCHAR","reason":"VARCHAR","amount":"VARCHAR"}]') AS refunds
        FROM ecwid_orders_raw
        WHERE id IS NOT NULL
    )
),
typed AS (
    SELECT
        told.*,
        TRY_CAST(TRY_CAST(r.amount AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS amount,
        timezone('UTC', try_strptime(r.date, ['%Y-%m-%d %H:%M:%S %z', '%Y-%m-%d %H:%M:%S'])) AS refunded_at
    FROM told CROSS JOIN store
)
SELECT
    order_id || ':' || place AS refund_id,
    order_id,
    CAST(NULL AS VARCHAR) AS line_id,
    CAST(NULL AS DECIMAL(18, 4)) AS quantity,
    amount,
    refunded_at,
    nullif(trim(r.reason), '') AS reason,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN amount IS NULL THEN 'amount: "' || coalesce(r.amount, '') || '" is not a number' END,
        CASE WHEN amount < 0 THEN 'amount: ' || r.amount || ' is below 0' END,
        CASE WHEN refunded_at IS NULL THEN 'refunded_at: "' || coalesce(r.date, '') || '" is not a moment' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
