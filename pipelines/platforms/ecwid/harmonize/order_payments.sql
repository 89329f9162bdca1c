-- One row per payment of an order. Inputs: ecwid_orders_raw, ecwid_profile_raw. The store lists no payments: what was due is
-- paid once the order's status says so, also where some of it went back since. A gift card paid what it took off the total.
WITH store AS (
    SELECT CAST(CASE any_value(TRY_CAST(record ->> '$.formatsAndUnits.currencyPrecision' AS INTEGER))
        WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor
    FROM ecwid_profile_raw
),
orders AS (
    SELECT id AS order_id, from_json(record,
        '{"total":"VARCHAR","giftCardRedemption":"VARCHAR","paymentMethod":"VARCHAR","paymentStatus":"VARCHAR","createTimestamp":"VARCHAR"}'
    ) AS o
    FROM ecwid_orders_raw
    WHERE id IS NOT NULL
),
payments AS (
    SELECT order_id, order_id || ':paid' AS payment_id, 'captured' AS kind, nullif(trim(o.paymentMethod), '') AS method,
           o.total AS amount_text, o.createTimestamp AS made
    FROM orders
    WHERE o.paymentStatus IN ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED') AND coalesce(TRY_CAST(o.total AS DECIMAL(30, 10)) <> 0, true)
    UNION ALL
    SELECT order_id, order_id || ':gift_card', 'credit', 'Gift Card', o.giftCardRedemption, o.createTimestamp
    FROM orders
    WHERE coalesce(TRY_CAST(o.giftCardRedemption AS DECIMAL(30, 10)), 0) <> 0
),
typed AS (
    SELECT payments.*, TRY_CAST(TRY_CAST(amount_text AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS amount
    FROM payments CROSS JOIN store
)
SELECT
    payment_id,
    order_id,
    kind,
    method,
    amount,
    timezone('UTC', to_timestamp(TRY_CAST(made AS BIGINT))) AS paid_at,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN amount IS NULL THEN 'amount: "' || coalesce(amount_text, '') || '" is not a number' END,
        CASE WHEN amount < 0 THEN 'amount: ' || amount_text || ' is below 0' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
