-- One row per payment of an order. Inputs: bigcommerce_order_details_raw, bigcommerce_orders_raw, bigcommerce_store_raw.
-- captured: the money came (purchase, capture, settled). authorized: it is promised (authorization, pending). credit: paid
-- by store credit or gift certificate, from the order's own figure where no transaction tells of it. What failed is left out.
-- `method` is the order's own words; of what is paid offline or by hand, the transaction's.
WITH store AS (
    SELECT CAST(CASE any_value(TRY_CAST(record ->> '$.decimal_places' AS INTEGER))
        WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor
    FROM bigcommerce_store_raw
),
orders AS (
    SELECT id AS order_id, from_json(record,
        '{"payment_method":"VARCHAR","default_currency_code":"VARCHAR","date_created":"VARCHAR","store_credit_amount":"VARCHAR","gift_certificate_amount":"VARCHAR"}'
    ) AS o
    FROM bigcommerce_orders_raw
    WHERE id IS NOT NULL
),
transactions AS (
    SELECT id AS order_id, unnest(from_json(record -> '$.transactions',
        '[{"id":"VARCHAR","event":"VARCHAR","method":"VARCHAR","amount":"VARCHAR","currency":"VARCHAR","status":"VARCHAR","date_created":"VARCHAR","offline":{"display_name":"VARCHAR"},"custom":{"payment_method":"VARCHAR"}}]'
    )) AS t
    FROM bigcommerce_order_details_raw
),
credits AS (
    SELECT order_id, unnest([
        {'method': 'store_credit', 'amount': o.store_credit_amount, 'created': o.date_created},
        {'method': 'gift_certificate', 'amount': o.gift_certificate_amount, 'created': o.date_created}
    ]) AS c
    FROM orders
),
payments AS (
    SELECT
        t.id AS payment_id,
        transactions.order_id,
        CASE
            WHEN t.event IN ('purchase', 'capture', 'settled') AND t.method IN ('store_credit', 'gift_certificate') THEN 'credit'
            WHEN t.event IN ('purchase', 'capture', 'settled') THEN 'captured'
            WHEN t.event IN ('authorization', 'pending') THEN 'authorized'
            WHEN t.event = 'refund' THEN 'refunded'
            WHEN t.event = 'void' THEN 'voided'
        END AS kind,
        coalesce(
            CASE t.method WHEN 'store_credit' THEN 'Store Credit' WHEN 'gift_certificate' THEN 'Gift Certificate' END,
            nullif(trim(t.offline.display_name), ''), nullif(trim(t.custom.payment_method), ''), nullif(trim(o.payment_method), '')
        ) AS method,
        t.amount AS amount_text,
        timezone('UTC', TRY_CAST(t.date_created AS TIMESTAMPTZ)) AS paid_at,
        CASE WHEN upper(t.currency) <> upper(o.default_currency_code)
            THEN 'amount: is in ' || t.currency || ', the order in ' || o.default_currency_code END AS other_currency,
        t.event AS event
    FROM transactions
    LEFT JOIN orders ON orders.order_id = transactions.order_id
    WHERE coalesce(t.status, 'ok') = 'ok'
    UNION ALL
    SELECT
        credits.order_id || ':' || c.method,
        credits.order_id,
        'credit',
        CASE c.method WHEN 'store_credit' THEN 'Store Credit' ELSE 'Gift Certificate' END,
        c.amount,
        timezone('UTC', try_strptime(c.created, ['%a, %d %b %Y %H:%M:%S %z', '%d %b %Y %H:%M:%S %z'])),
        NULL,
        NULL
    FROM credits
    WHERE coalesce(TRY_CAST(c.amount AS DECIMAL(30, 10)), 0) <> 0
      AND NOT EXISTS (
          SELECT 1 FROM transactions
          WHERE transactions.order_id = credits.order_id AND t.method = c.method AND t.event IN ('purchase', 'capture', 'settled')
      )
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
    paid_at,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN kind IS NULL THEN 'kind: "' || coalesce(event, '') || '" is not known' END,
        CASE WHEN amount IS NULL THEN 'amount: "' || coalesce(amount_text, '') || '" is not a number' END,
        CASE WHEN amount < 0 THEN 'amount: ' || amount_text || ' is below 0' END,
        other_currency
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
