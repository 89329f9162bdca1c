-- One row per part of a refund; what the parts do not come to is a row without a line, so that the rows of a refund add up
-- to it. Inputs: bigcommerce_order_refunds_raw, bigcommerce_order_details_raw, bigcommerce_store_raw.
-- Of units the store tells no money (requested_amount is null, fact sheet §7): their part of what was paid for the line, half
-- a minor unit rounded up, unless such parts exceed the refund. A refund whose every payment was declined is none.
WITH store AS (
    SELECT CAST(CASE any_value(TRY_CAST(record ->> '$.decimal_places' AS INTEGER))
        WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor
    FROM bigcommerce_store_raw
),
lines AS (
    SELECT order_id, line.id AS id, TRY_CAST(line.quantity AS DECIMAL(18, 4)) AS quantity,
        TRY_CAST(TRY_CAST(coalesce(line.discounted_total_inc_tax, line.total_inc_tax) AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS paid
    FROM (
        SELECT id AS order_id, unnest(from_json(record -> '$.products',
            '[{"id":"VARCHAR","quantity":"VARCHAR","total_inc_tax":"VARCHAR","discounted_total_inc_tax":"VARCHAR"}]')) AS line
        FROM bigcommerce_order_details_raw
    )
    CROSS JOIN store
),
refunds AS (
    SELECT id AS refund_id, version, r, r.order_id AS order_id, coalesce(r.items, []) AS items,
        TRY_CAST(TRY_CAST(r.total_amount AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS total
    FROM (
        SELECT id, version, from_json(record,
            '{"order_id":"VARCHAR","created":"VARCHAR","reason":"VARCHAR","total_amount":"VARCHAR","items":[{"item_type":"VARCHAR","item_id":"VARCHAR","quantity":"VARCHAR","requested_amount":"VARCHAR"}],"payments":[{"is_declined":"BOOLEAN"}]}'
        ) AS r
        FROM bigcommerce_order_refunds_raw
        WHERE id IS NOT NULL
    )
    CROSS JOIN store
    WHERE NOT coalesce(list_bool_and(list_transform(r.payments, one -> one.is_declined)), false)
),
parts AS (
    SELECT
        refund_id,
        generate_subscripts(items, 1) AS place,
        order_id,
        unnest(items) AS item
    FROM refunds
),
valued AS (
    SELECT
        parts.*,
        TRY_CAST(TRY_CAST(item.quantity AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS quantity,
        TRY_CAST(TRY_CAST(item.requested_amount AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS requested,
        CASE WHEN item.item_type = 'PRODUCT' AND lines.quantity > 0
            THEN TRY_CAST((2 * CAST(CAST(lines.paid AS DECIMAL(38, 4)) * 10000 AS HUGEINT)
                    * CAST(CAST(TRY_CAST(item.quantity AS DECIMAL(18, 4)) AS DECIMAL(38, 4)) * 10000 AS HUGEINT)
                    + CAST(CAST(lines.quantity AS DECIMAL(38, 4)) * 10000 AS HUGEINT) * 10000)
                // (2 * CAST(CAST(lines.quantity AS DECIMAL(38, 4)) * 10000 AS HUGEINT) * 10000) AS DECIMAL(18, 4))
        END AS share
    FROM parts
    CROSS JOIN store
    LEFT JOIN lines ON lines.order_id = parts.order_id AND lines.id = item.item_id
),
sums AS (
    SELECT refund_id, sum(coalesce(requested, share, 0)) AS shared, count(*) AS parts
    FROM valued
    GROUP BY refund_id
),
counted AS (
    SELECT
        valued.refund_id,
        place,
        CASE item.item_type
            WHEN 'PRODUCT' THEN item.item_id
            WHEN 'SHIPPING' THEN 'shipping'
            WHEN 'HANDLING' THEN 'handling'
            WHEN 'GIFT_WRAPPING' THEN 'wrapping:' || item.item_id
            WHEN 'FEE' THEN 'fee:' || item.item_id
        END AS line_id,
        quantity,
        coalesce(requested, CASE WHEN sums.shared <= refunds.total + sums.parts THEN share END, 0) AS amount
    FROM valued
    JOIN sums ON sums.refund_id = valued.refund_id
    JOIN refunds ON refunds.refund_id = valued.refund_id
),
rests AS (
    SELECT refunds.refund_id, refunds.total - coalesce(sum(counted.amount), 0) AS amount
    FROM refunds
    LEFT JOIN counted ON counted.refund_id = refunds.refund_id
    GROUP BY refunds.refund_id, refunds.total
),
shown AS (
    SELECT refund_id, line_id, quantity, amount FROM counted
    UNION ALL
    SELECT refund_id, NULL, NULL, amount FROM rests WHERE amount <> 0 OR amount IS NULL
)
SELECT
    shown.refund_id,
    order_id,
    line_id,
    quantity,
    TRY_CAST(amount AS DECIMAL(18, 4)) AS amount,
    timezone('UTC', TRY_CAST(r.created AS TIMESTAMPTZ)) AS refunded_at,
    nullif(trim(r.reason), '') AS reason,
    version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN total IS NULL THEN 'amount: "' || coalesce(r.total_amount, '') || '" is not a number' END,
        CASE WHEN total < 0 THEN 'amount: ' || r.total_amount || ' is below 0' END,
        CASE WHEN TRY_CAST(r.created AS TIMESTAMPTZ) IS NULL
            THEN 'refunded_at: "' || coalesce(r.created, '') || '" is not a moment' END
    ], entry -> entry IS NOT NULL) AS defects
FROM shown
JOIN refunds ON refunds.refund_id = shown.refund_id
