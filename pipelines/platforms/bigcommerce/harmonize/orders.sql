-- One row per order. Inputs: bigcommerce_orders_raw, bigcommerce_order_details_raw, bigcommerce_store_raw.
-- Money in minor units by the decimals of the store, whose text has four places; times are RFC 2822, always UTC.
-- Amounts are in the currency the order was paid in (default_currency_code), not in the one it was shown in.
-- An order whose lines were read in another state than its list shows waits: what is here of it does not belong together.
WITH store AS (
    SELECT CAST(CASE any_value(TRY_CAST(record ->> '$.decimal_places' AS INTEGER))
        WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 3 THEN 1000 WHEN 4 THEN 10000 ELSE 100 END AS DECIMAL(5, 0)) AS minor
    FROM bigcommerce_store_raw
),
details AS (
    SELECT id, record ->> '$.date_modified' AS read_as, json_array_length(record, '$.products') AS lines
    FROM bigcommerce_order_details_raw
),
records AS (
    SELECT id, version, from_json(record,
        '{"customer_id":"VARCHAR","date_created":"VARCHAR","date_modified":"VARCHAR","status_id":"VARCHAR","status":"VARCHAR","custom_status":"VARCHAR","total_inc_tax":"VARCHAR","total_tax":"VARCHAR","is_tax_inclusive_pricing":"VARCHAR","default_currency_code":"VARCHAR","payment_method":"VARCHAR","order_source":"VARCHAR","customer_message":"VARCHAR","staff_notes":"VARCHAR","is_deleted":"VARCHAR","billing_address":{"first_name":"VARCHAR","last_name":"VARCHAR","company":"VARCHAR","street_1":"VARCHAR","street_2":"VARCHAR","city":"VARCHAR","state":"VARCHAR","zip":"VARCHAR","country":"VARCHAR","country_iso2":"VARCHAR","phone":"VARCHAR","email":"VARCHAR"}}'
    ) AS r
    FROM bigcommerce_orders_raw
    WHERE id IS NOT NULL
),
typed AS (
    SELECT
        records.*,
        r.billing_address AS b,
        upper(trim(coalesce(r.default_currency_code, ''))) AS code,
        TRY_CAST(r.is_tax_inclusive_pricing AS BOOLEAN) AS inclusive,
        timezone('UTC', try_strptime(r.date_created, ['%a, %d %b %Y %H:%M:%S %z', '%d %b %Y %H:%M:%S %z'])) AS ordered_at,
        timezone('UTC', try_strptime(r.date_modified, ['%a, %d %b %Y %H:%M:%S %z', '%d %b %Y %H:%M:%S %z'])) AS changed_at,
        TRY_CAST(TRY_CAST(r.total_inc_tax AS DECIMAL(30, 10)) * store.minor AS DECIMAL(18, 4)) AS total,
        TRY_CAST(TRY_CAST(r.total_tax AS DECIMAL(30, 10)) * store.minor AS DECIMAL(18, 4)) AS total_tax
    FROM records CROSS JOIN store
)
SELECT
    typed.id AS order_id,
    typed.id AS number,
    ordered_at,
    changed_at,
    nullif(r.status_id, '') AS status,
    coalesce(nullif(r.custom_status, ''), nullif(r.status, '')) AS status_label,
    nullif(code, '') AS currency,
    total,
    total_tax,
    inclusive AS prices_include_tax,
    nullif(trim(r.payment_method), '') AS payment_method,
    nullif(r.order_source, '') AS origin,
    nullif(nullif(r.customer_id, '0'), '') AS customer_id,
    nullif(trim(b.email), '') AS email,
    nullif(trim(b.first_name), '') AS first_name,
    nullif(trim(b.last_name), '') AS last_name,
    nullif(trim(b.company), '') AS company,
    nullif(trim(b.phone), '') AS phone,
    nullif(trim(b.street_1), '') AS street_1,
    nullif(trim(b.street_2), '') AS street_2,
    nullif(trim(b.city), '') AS city,
    nullif(trim(b.state), '') AS state,
    nullif(trim(b.zip), '') AS postcode,
    nullif(upper(trim(b.country_iso2)), '') AS country,
    CAST(NULL AS BOOLEAN) AS accepts_marketing,
    nullif(trim(r.customer_message), '') AS customer_note,
    nullif(trim(r.staff_notes), '') AS staff_note,
    coalesce(TRY_CAST(r.is_deleted AS BOOLEAN), false) AS is_archived,
    typed.version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN ordered_at IS NULL THEN 'ordered_at: "' || coalesce(r.date_created, '') || '" is not a moment' END,
        CASE WHEN changed_at IS NULL THEN 'changed_at: "' || coalesce(r.date_modified, '') || '" is not a moment' END,
        CASE WHEN coalesce(r.status_id, '') = '' THEN 'status: is missing' END,
        CASE WHEN NOT regexp_full_match(code, '[A-Z]{3}') THEN 'currency: "' || code || '" is not a currency' END,
        CASE WHEN total IS NULL THEN 'total: "' || coalesce(r.total_inc_tax, '') || '" is not a number' END,
        CASE WHEN total < 0 THEN 'total: ' || r.total_inc_tax || ' is below 0' END,
        CASE WHEN total_tax IS NULL THEN 'total_tax: "' || coalesce(r.total_tax, '') || '" is not a number' END,
        CASE WHEN total_tax < 0 THEN 'total_tax: ' || r.total_tax || ' is below 0' END,
        CASE WHEN inclusive IS NULL
            THEN 'prices_include_tax: "' || coalesce(r.is_tax_inclusive_pricing, '') || '" is not true or false' END,
        CASE WHEN details.id IS NULL THEN 'lines: are not read yet'
             WHEN details.read_as IS DISTINCT FROM r.date_modified THEN 'lines: the order was changed while it was read'
             WHEN coalesce(details.lines, 0) = 0 THEN 'lines: there are none' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
LEFT JOIN details ON details.id = typed.id
