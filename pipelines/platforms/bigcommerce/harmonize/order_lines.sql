-- One row per line of an order: what was ordered, and what is charged beside it (S001-27 … S001-29).
-- Inputs: bigcommerce_orders_raw, bigcommerce_order_details_raw, bigcommerce_order_refunds_raw, bigcommerce_store_raw.
-- Exact, as the store tells it: `total` (discounted_total_inc_tax), amounts beside products, and the tax of what has no
-- discount. Of a discounted line the store tells no tax. Where prices are without tax it is what the price less its
-- discounts leaves of the total, to the cent; where they hold it, or where that is no tax, it is the line's tax scaled to
-- what was paid, half a minor unit rounded up. `total` of a line without discounted_total_inc_tax is its price less its
-- discounts, in a store without tax in its prices scaled likewise. No float anywhere: products of whole numbers are divided.
-- Wrapping is a line for each wrapped item where those come to the order's figure, else one line of that figure.
WITH store AS (
    SELECT CAST(CASE any_value(TRY_CAST(record ->> '$.decimal_places' AS INTEGER))
        WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor
    FROM bigcommerce_store_raw
),
orders AS (
    SELECT id AS order_id, from_json(record,
        '{"is_tax_inclusive_pricing":"BOOLEAN","shipping_cost_inc_tax":"VARCHAR","shipping_cost_tax":"VARCHAR","handling_cost_inc_tax":"VARCHAR","handling_cost_tax":"VARCHAR","wrapping_cost_inc_tax":"VARCHAR","wrapping_cost_tax":"VARCHAR","fees":[{"id":"VARCHAR","display_name_customer":"VARCHAR","cost_inc_tax":"VARCHAR","cost_tax":"VARCHAR"}]}'
    ) AS o
    FROM bigcommerce_orders_raw
    WHERE id IS NOT NULL
),
told AS (
    SELECT order_id, unnest(lines) AS line, generate_subscripts(lines, 1) AS place
    FROM (
        SELECT id AS order_id, from_json(record -> '$.products',
            '[{"id":"VARCHAR","product_id":"VARCHAR","variant_id":"VARCHAR","name":"VARCHAR","name_customer":"VARCHAR","sku":"VARCHAR","type":"VARCHAR","quantity":"VARCHAR","quantity_refunded":"VARCHAR","total_ex_tax":"VARCHAR","total_inc_tax":"VARCHAR","total_tax":"VARCHAR","discounted_total_inc_tax":"VARCHAR","wrapping_name":"VARCHAR","wrapping_message":"VARCHAR","wrapping_cost_inc_tax":"VARCHAR","wrapping_cost_tax":"VARCHAR","applied_discounts":[{"amount":"VARCHAR","code":"VARCHAR"}],"product_options":[{"display_name":"VARCHAR","display_value":"VARCHAR"}]}]'
        ) AS lines
        FROM bigcommerce_order_details_raw
    )
),
given_back AS (
    SELECT order_id, part.item_id AS line_id, sum(TRY_CAST(part.quantity AS DECIMAL(18, 4))) AS units
    FROM (
        SELECT record ->> '$.order_id' AS order_id,
               unnest(from_json(record -> '$.items', '[{"item_type":"VARCHAR","item_id":"VARCHAR","quantity":"VARCHAR"}]')) AS part
        FROM bigcommerce_order_refunds_raw
        WHERE NOT coalesce(list_bool_and(from_json(record -> '$.payments[*].is_declined', '["BOOLEAN"]')), false)
    )
    WHERE part.item_type = 'PRODUCT'
    GROUP BY ALL
),
amounts AS (
    SELECT
        told.*,
        coalesce(o.is_tax_inclusive_pricing, false) AS inclusive,
        TRY_CAST(TRY_CAST(line.quantity AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS quantity,
        greatest(
            coalesce(TRY_CAST(TRY_CAST(line.quantity_refunded AS DECIMAL(30, 10)) AS DECIMAL(18, 4)), 0), coalesce(given_back.units, 0)
        ) AS refunded,
        TRY_CAST(TRY_CAST(line.total_ex_tax AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS ex,
        TRY_CAST(TRY_CAST(line.total_inc_tax AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS inc,
        TRY_CAST(TRY_CAST(line.discounted_total_inc_tax AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS told_paid,
        CAST(coalesce(list_sum(list_transform(line.applied_discounts,
            one -> TRY_CAST(TRY_CAST(one.amount AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)))), 0) AS DECIMAL(38, 4)) AS off,
        coalesce(TRY_CAST(TRY_CAST(line.wrapping_cost_inc_tax AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)), 0) AS wrapped,
        coalesce(TRY_CAST(TRY_CAST(line.wrapping_cost_tax AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)), 0) AS wrapped_tax
    FROM told
    CROSS JOIN store
    LEFT JOIN orders ON orders.order_id = told.order_id
    LEFT JOIN given_back ON given_back.order_id = told.order_id AND given_back.line_id = told.line.id
),
paid AS (
    SELECT
        *,
        inc - ex AS whole_tax,
        CAST(CAST(inc AS DECIMAL(38, 4)) * 10000 AS HUGEINT) AS inc_parts,
        CAST(CAST(ex AS DECIMAL(38, 4)) * 10000 AS HUGEINT) AS ex_parts,
        TRY_CAST(CASE
            WHEN told_paid IS NOT NULL THEN told_paid
            WHEN off = 0 THEN inc
            WHEN inclusive OR ex <= 0 OR off < 0 OR off > ex THEN inc - off
            ELSE CAST((2 * inc_parts * (ex_parts - CAST(off * 10000 AS HUGEINT)) + ex_parts * 10000) // (2 * ex_parts * 10000) AS DECIMAL(38, 4))
        END AS DECIMAL(18, 4)) AS total
    FROM amounts
),
taxed AS (
    SELECT
        *,
        TRY_CAST(CASE
            WHEN total = inc THEN whole_tax
            WHEN NOT inclusive AND total - (ex - off) BETWEEN 0 AND whole_tax THEN total - (ex - off)
            WHEN inc <= 0 OR total <= 0 OR whole_tax <= 0 THEN 0
            ELSE CAST((2 * (inc_parts - ex_parts) * CAST(CAST(total AS DECIMAL(38, 4)) * 10000 AS HUGEINT) + inc_parts * 10000)
                // (2 * inc_parts * 10000) AS DECIMAL(38, 4))
        END AS DECIMAL(18, 4)) AS tax
    FROM paid
),
items AS (
    SELECT
        line.id AS line_id,
        order_id,
        CASE WHEN line.type = 'giftcertificate' THEN 'gift_certificate' ELSE 'item' END AS kind,
        nullif(nullif(line.product_id, '0'), '') AS product_id,
        nullif(nullif(line.variant_id, '0'), '') AS variant_id,
        nullif(trim(line.sku), '') AS sku,
        coalesce(nullif(trim(line.name_customer), ''), nullif(trim(line.name), '')) AS name,
        quantity,
        refunded,
        total,
        tax,
        greatest(inc - total, 0) AS discount,
        nullif(array_to_string(list_concat(
            list_transform(list_filter(coalesce(line.product_options, []), one -> coalesce(one.display_value, '') <> ''),
                one -> coalesce(one.display_name || ': ', '') || one.display_value),
            list_transform(list_sort(list_distinct(list_filter(list_transform(coalesce(line.applied_discounts, []), one -> one.code),
                code -> coalesce(code, '') <> ''))), code -> 'coupon ' || code),
            CASE WHEN coalesce(trim(line.wrapping_message), '') <> '' THEN ['gift message: ' || trim(line.wrapping_message)]
                 ELSE CAST([] AS VARCHAR[]) END
        ), '; '), '') AS note,
        1 AS section,
        place,
        list_filter([
            CASE WHEN quantity IS NULL THEN 'quantity: "' || coalesce(line.quantity, '') || '" is not a number' END,
            CASE WHEN quantity <= 0 THEN 'quantity: ' || line.quantity || ' is not above 0' END,
            CASE WHEN total IS NULL
                THEN 'total: "' || coalesce(line.discounted_total_inc_tax, line.total_inc_tax, '') || '" is not a number' END,
            CASE WHEN total < 0 THEN 'total: is below 0' END,
            CASE WHEN inc < 0 OR ex < 0 THEN 'total: is below 0 before discounts' END,
            CASE WHEN off < 0 OR total > inc THEN 'discount: is below 0 (' || coalesce(nullif(array_to_string(
                    list_transform(line.applied_discounts, one -> one.amount), ' + '), '') || ', ', '')
                || coalesce(line.discounted_total_inc_tax, line.total_inc_tax) || ' of ' || line.total_inc_tax || ' is paid)' END
        ], entry -> entry IS NOT NULL) AS defects
    FROM taxed
),
sums AS (
    SELECT order_id, sum(wrapped) AS wrapped FROM amounts GROUP BY order_id
),
charged AS (
    SELECT
        orders.order_id,
        TRY_CAST(TRY_CAST(o.wrapping_cost_inc_tax AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS wrapping,
        coalesce(sums.wrapped, 0) AS wrapped,
        list_concat([
            {'line_id': 'shipping', 'kind': 'shipping', 'name': 'Shipping', 'section': 2, 'place': 1, 'total': o.shipping_cost_inc_tax, 'tax': o.shipping_cost_tax},
            {'line_id': 'handling', 'kind': 'handling', 'name': 'Handling', 'section': 3, 'place': 1, 'total': o.handling_cost_inc_tax, 'tax': o.handling_cost_tax},
            {'line_id': 'wrapping', 'kind': 'wrapping', 'name': 'Gift wrapping', 'section': 4, 'place': 1, 'total': o.wrapping_cost_inc_tax, 'tax': o.wrapping_cost_tax}
        ], list_transform(coalesce(o.fees, []), (fee, nth) -> {
            'line_id': 'fee:' || fee.id, 'kind': 'fee', 'name': coalesce(nullif(trim(fee.display_name_customer), ''), 'Fee'),
            'section': 5, 'place': CAST(nth AS INTEGER), 'total': fee.cost_inc_tax, 'tax': fee.cost_tax
        })) AS parts,
        minor
    FROM orders
    CROSS JOIN store
    LEFT JOIN sums ON sums.order_id = orders.order_id
),
beside AS (
    SELECT
        order_id,
        part.line_id AS line_id,
        part.kind AS kind,
        part.name AS name,
        part.section AS section,
        part.place AS place,
        part.total AS total_text,
        TRY_CAST(TRY_CAST(part.total AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS total,
        TRY_CAST(TRY_CAST(part.tax AS DECIMAL(30, 10)) * minor AS DECIMAL(18, 4)) AS tax
    FROM (SELECT order_id, minor, wrapping, wrapped, unnest(parts) AS part FROM charged)
    WHERE part.line_id <> 'wrapping' OR wrapping <> wrapped
    UNION ALL
    SELECT amounts.order_id, 'wrapping:' || line.id, 'wrapping', coalesce(nullif(trim(line.wrapping_name), ''), 'Gift wrapping'),
        4, place, line.wrapping_cost_inc_tax, amounts.wrapped, wrapped_tax
    FROM amounts
    JOIN charged ON charged.order_id = amounts.order_id
    WHERE amounts.wrapped <> 0 AND charged.wrapping = charged.wrapped
),
lines AS (
    FROM items
    UNION ALL BY NAME
    SELECT
        line_id,
        order_id,
        kind,
        name,
        CAST(1 AS DECIMAL(18, 4)) AS quantity,
        CAST(0 AS DECIMAL(18, 4)) AS refunded,
        total,
        tax,
        CAST(0 AS DECIMAL(18, 4)) AS discount,
        section,
        place,
        list_filter([
            CASE WHEN total IS NULL THEN 'total: "' || total_text || '" is not a number' END,
            CASE WHEN total < 0 THEN 'total: ' || total_text || ' is below 0' END
        ], entry -> entry IS NOT NULL) AS defects
    FROM beside
    WHERE total <> 0 OR total IS NULL AND coalesce(total_text, '') <> ''
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
    TRY_CAST(refunded AS DECIMAL(18, 4)) AS refunded,
    total,
    tax,
    TRY_CAST(discount AS DECIMAL(18, 4)) AS discount,
    note,
    CAST(row_number() OVER (PARTITION BY order_id ORDER BY section, place) AS INTEGER) AS position,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    defects
FROM lines
