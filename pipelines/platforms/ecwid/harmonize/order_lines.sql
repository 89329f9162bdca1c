-- One row per line of an order: what was ordered, and what is charged beside it. Inputs: ecwid_orders_raw, ecwid_profile_raw.
-- `price` is of one unit before discounts, `tax` of the whole line after them, in the price or on top of it as the order says
-- (fact sheet §4.2). What a coupon and other discounts took off a line stands on the line. Money in minor units; exact.
WITH store AS (
    SELECT CAST(CASE any_value(TRY_CAST(record ->> '$.formatsAndUnits.currencyPrecision' AS INTEGER))
        WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor
    FROM ecwid_profile_raw
),
orders AS (
    SELECT id AS order_id, minor, coalesce(TRY_CAST(o.pricesIncludeTax AS BOOLEAN), false) AS inclusive, o
    FROM (
        SELECT id, from_json(record,
            '{"pricesIncludeTax":"VARCHAR","discountCoupon":{"code":"VARCHAR"},"items":[{"id":"VARCHAR","productId":"VARCHAR","combinationId":"VARCHAR","sku":"VARCHAR","name":"VARCHAR","quantity":"VARCHAR","price":"VARCHAR","tax":"VARCHAR","couponAmount":"VARCHAR","giftCard":"VARCHAR","discounts":[{"total":"VARCHAR"}],"selectedOptions":[{"name":"VARCHAR","value":"VARCHAR"}]}],"shippingOption":{"shippingMethodName":"VARCHAR","shippingRate":"VARCHAR"},"taxesOnShipping":[{"total":"VARCHAR"}],"handlingFee":{"name":"VARCHAR","value":"VARCHAR","taxes":[{"total":"VARCHAR"}]},"customSurcharges":[{"id":"VARCHAR","description":"VARCHAR","total":"VARCHAR","taxes":[{"total":"VARCHAR"}]}]}'
        ) AS o
        FROM ecwid_orders_raw
        WHERE id IS NOT NULL
    )
    CROSS JOIN store
),
told AS (
    SELECT order_id, minor, inclusive, o.discountCoupon.code AS coupon, unnest(o."items") AS line, generate_subscripts(o."items", 1) AS place
    FROM orders
),
amounts AS (
    SELECT
        *,
        TRY_CAST(TRY_CAST(line.quantity AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS quantity,
        TRY_CAST(TRY_CAST(line.price AS DECIMAL(20, 8)) * TRY_CAST(line.quantity AS DECIMAL(12, 4)) * minor AS DECIMAL(18, 4)) AS gross,
        coalesce(TRY_CAST(TRY_CAST(line.tax AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)), 0) AS tax,
        CAST(coalesce(TRY_CAST(TRY_CAST(line.couponAmount AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)), 0)
            + coalesce(list_sum(list_transform(line.discounts,
                one -> TRY_CAST(TRY_CAST(one.total AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)))), 0) AS DECIMAL(18, 4)) AS off
    FROM told
),
items AS (
    SELECT
        line.id AS line_id,
        order_id,
        CASE WHEN coalesce(TRY_CAST(line.giftCard AS BOOLEAN), false) THEN 'gift_certificate' ELSE 'item' END AS kind,
        nullif(nullif(line.productId, '0'), '') AS product_id,
        nullif(nullif(line.productId, '0'), '') || coalesce(':' || nullif(nullif(line.combinationId, '0'), ''), '') AS variant_id,
        nullif(trim(line.sku), '') AS sku,
        nullif(trim(line.name), '') AS name,
        quantity,
        CAST(gross - off + CASE WHEN inclusive THEN 0 ELSE tax END AS DECIMAL(18, 4)) AS total,
        tax,
        off AS discount,
        nullif(array_to_string(list_concat(
            list_transform(list_filter(coalesce(line.selectedOptions, []), one -> coalesce(one.value, '') <> ''),
                one -> coalesce(one.name || ': ', '') || one.value),
            CASE WHEN coalesce(TRY_CAST(line.couponAmount AS DECIMAL(30, 10)), 0) > 0 AND coalesce(coupon, '') <> '' THEN ['coupon ' || coupon]
                 ELSE CAST([] AS VARCHAR[]) END
        ), '; '), '') AS note,
        1 AS section,
        place,
        list_filter([
            CASE WHEN quantity IS NULL THEN 'quantity: "' || coalesce(line.quantity, '') || '" is not a number' END,
            CASE WHEN quantity <= 0 THEN 'quantity: ' || line.quantity || ' is not above 0' END,
            CASE WHEN gross IS NULL THEN 'total: "' || coalesce(line.price, '') || '" is not a number' END,
            CASE WHEN gross - off < 0 THEN 'total: is below 0' END,
            CASE WHEN off < 0 THEN 'discount: is below 0' END
        ], entry -> entry IS NOT NULL) AS defects
    FROM amounts
),
parts AS (
    SELECT order_id, minor, inclusive, unnest(list_concat([
        {'line_id': 'shipping', 'kind': 'shipping', 'name': coalesce(nullif(trim(o.shippingOption.shippingMethodName), ''), 'Shipping'),
         'section': 2, 'place': 1, 'total': o.shippingOption.shippingRate, 'taxes': o.taxesOnShipping},
        {'line_id': 'handling', 'kind': 'handling', 'name': coalesce(nullif(trim(o.handlingFee.name), ''), 'Handling'),
         'section': 3, 'place': 1, 'total': o.handlingFee.value, 'taxes': o.handlingFee.taxes}
    ], list_transform(coalesce(o.customSurcharges, []), (fee, nth) -> {
        'line_id': 'fee:' || coalesce(nullif(fee.id, ''), CAST(nth AS VARCHAR)), 'kind': 'fee',
        'name': coalesce(nullif(trim(fee.description), ''), 'Fee'), 'section': 4, 'place': CAST(nth AS INTEGER),
        'total': fee.total, 'taxes': fee.taxes
    }))) AS part
    FROM orders
),
charged AS (
    SELECT
        order_id,
        part,
        inclusive,
        TRY_CAST(TRY_CAST(part.total AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS told_total,
        CAST(coalesce(list_sum(list_transform(part.taxes,
            one -> TRY_CAST(TRY_CAST(one.total AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)))), 0) AS DECIMAL(18, 4)) AS tax
    FROM parts
),
lines AS (
    FROM items
    UNION ALL BY NAME
    SELECT
        part.line_id AS line_id,
        order_id,
        part.kind AS kind,
        part.name AS name,
        CAST(1 AS DECIMAL(18, 4)) AS quantity,
        CAST(told_total + CASE WHEN inclusive THEN 0 ELSE tax END AS DECIMAL(18, 4)) AS total,
        tax,
        CAST(0 AS DECIMAL(18, 4)) AS discount,
        part.section AS section,
        part.place AS place,
        list_filter([
            CASE WHEN told_total IS NULL THEN 'total: "' || part.total || '" is not a number' END,
            CASE WHEN told_total < 0 THEN 'total: ' || part.total || ' is below 0' END
        ], entry -> entry IS NOT NULL) AS defects
    FROM charged
    WHERE told_total <> 0 OR told_total IS NULL AND coalesce(part.total, '') <> ''
)
SELECT
    line_id,
    order_id,
    kind,
    product_id,
    variant_id,
    sku,
    name,
    quantity,
    CAST(0 AS DECIMAL(18, 4)) AS refunded,
    total,
    tax,
    discount,
    note,
    CAST(row_number() OVER (PARTITION BY order_id ORDER BY section, place) AS INTEGER) AS position,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    defects
FROM lines
