-- One row per order. Inputs: ecwid_orders_raw, ecwid_profile_raw. Money in minor units, in the store's only currency.
-- An order has two statuses; `status` is both, PAID/SHIPPED. `total` is before a gift card, which is one of its payments.
WITH store AS (
    SELECT
        CAST(CASE any_value(TRY_CAST(record ->> '$.formatsAndUnits.currencyPrecision' AS INTEGER))
            WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor,
        upper(trim(coalesce(any_value(record ->> '$.formatsAndUnits.currency'), ''))) AS code
    FROM ecwid_profile_raw
),
records AS (
    SELECT id, version, deleted_at, from_json(record,
        '{"email":"VARCHAR","customerId":"VARCHAR","total":"VARCHAR","tax":"VARCHAR","giftCardRedemption":"VARCHAR","paymentMethod":"VARCHAR","paymentStatus":"VARCHAR","fulfillmentStatus":"VARCHAR","pricesIncludeTax":"VARCHAR","createTimestamp":"VARCHAR","updateTimestamp":"VARCHAR","orderComments":"VARCHAR","privateAdminNotes":"VARCHAR","hidden":"VARCHAR","refererId":"VARCHAR","acceptMarketing":"VARCHAR","items":["JSON"],"billingPerson":{"name":"VARCHAR","firstName":"VARCHAR","lastName":"VARCHAR","companyName":"VARCHAR","street":"VARCHAR","city":"VARCHAR","countryCode":"VARCHAR","postalCode":"VARCHAR","stateOrProvinceCode":"VARCHAR","stateOrProvinceName":"VARCHAR","phone":"VARCHAR"}}'
    ) AS r
    FROM ecwid_orders_raw
    WHERE id IS NOT NULL
),
typed AS (
    SELECT
        records.*,
        r.billingPerson AS b,
        store.code,
        coalesce(nullif(trim(r.billingPerson.firstName), ''),
            nullif(regexp_replace(trim(r.billingPerson.name), '\s+\S+$', ''), trim(r.billingPerson.name))) AS first_name,
        coalesce(nullif(trim(r.billingPerson.lastName), ''), nullif(regexp_extract(trim(r.billingPerson.name), '\S+$'), '')) AS last_name,
        TRY_CAST(r.pricesIncludeTax AS BOOLEAN) AS inclusive,
        timezone('UTC', to_timestamp(TRY_CAST(r.createTimestamp AS BIGINT))) AS ordered_at,
        timezone('UTC', to_timestamp(TRY_CAST(r.updateTimestamp AS BIGINT))) AS changed_at,
        TRY_CAST(TRY_CAST(r.total AS DECIMAL(30, 10)) * store.minor AS DECIMAL(18, 4)) AS due,
        coalesce(TRY_CAST(TRY_CAST(r.giftCardRedemption AS DECIMAL(30, 10)) * store.minor AS DECIMAL(18, 4)), 0) AS redeemed,
        TRY_CAST(TRY_CAST(r.tax AS DECIMAL(30, 10)) * store.minor AS DECIMAL(18, 4)) AS total_tax
    FROM records CROSS JOIN store
)
SELECT
    typed.id AS order_id,
    typed.id AS number,
    ordered_at,
    changed_at,
    nullif(r.paymentStatus, '') || '/' || coalesce(nullif(r.fulfillmentStatus, ''), '-') AS status,
    replace(lower(concat_ws(', ', nullif(r.paymentStatus, ''), nullif(r.fulfillmentStatus, ''))), '_', ' ') AS status_label,
    nullif(code, '') AS currency,
    CAST(due + redeemed AS DECIMAL(18, 4)) AS total,
    total_tax,
    inclusive AS prices_include_tax,
    nullif(trim(r.paymentMethod), '') AS payment_method,
    nullif(r.refererId, '') AS origin,
    nullif(nullif(r.customerId, '0'), '') AS customer_id,
    nullif(trim(r.email), '') AS email,
    first_name,
    last_name,
    nullif(trim(b.companyName), '') AS company,
    nullif(trim(b.phone), '') AS phone,
    nullif(trim(split_part(b.street, chr(10), 1)), '') AS street_1,
    nullif(trim(split_part(b.street, chr(10), 2)), '') AS street_2,
    nullif(trim(b.city), '') AS city,
    coalesce(nullif(trim(b.stateOrProvinceName), ''), nullif(trim(b.stateOrProvinceCode), '')) AS state,
    nullif(trim(b.postalCode), '') AS postcode,
    nullif(upper(trim(b.countryCode)), '') AS country,
    TRY_CAST(r.acceptMarketing AS BOOLEAN) AS accepts_marketing,
    nullif(trim(r.orderComments), '') AS customer_note,
    nullif(trim(r.privateAdminNotes), '') AS staff_note,
    coalesce(TRY_CAST(r.hidden AS BOOLEAN), false) AS is_archived,
    typed.version,
    coalesce(timezone('UTC', try_strptime(deleted_at, '%Y-%m-%d %H:%M:%S %z')), CASE WHEN deleted_at <> '' THEN TIMESTAMP '1970-01-01' END) AS deleted_at,
    list_filter([
        CASE WHEN ordered_at IS NULL THEN 'ordered_at: "' || coalesce(r.createTimestamp, '') || '" is not a moment' END,
        CASE WHEN changed_at IS NULL THEN 'changed_at: "' || coalesce(r.updateTimestamp, '') || '" is not a moment' END,
        CASE WHEN coalesce(r.paymentStatus, '') = '' THEN 'status: is missing' END,
        CASE WHEN NOT regexp_full_match(code, '[A-Z]{3}') THEN 'currency: "' || code || '" is not a currency' END,
        CASE WHEN due IS NULL THEN 'total: "' || coalesce(r.total, '') || '" is not a number' END,
        CASE WHEN due < 0 OR redeemed < 0 THEN 'total: is below 0' END,
        CASE WHEN total_tax IS NULL THEN 'total_tax: "' || coalesce(r.tax, '') || '" is not a number' END,
        CASE WHEN total_tax < 0 THEN 'total_tax: ' || r.tax || ' is below 0' END,
        CASE WHEN inclusive IS NULL
            THEN 'prices_include_tax: "' || coalesce(r.pricesIncludeTax, '') || '" is not true or false' END,
        CASE WHEN coalesce(len(r."items"), 0) = 0 THEN 'lines: there are none' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
