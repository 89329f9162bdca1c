-- One row per variant, at the one location there is. Inputs: ecwid_products_raw, ecwid_profile_raw.
-- quantity is missing where stock is not counted: that is no level, not 0 (fact sheet §2.1). It may be negative. A variation
-- without a SKU of its own is sold from its product's stock, which is then the product's own figure.
WITH records AS (
    SELECT id, from_json(record,
        '{"quantity":"VARCHAR","unlimited":"VARCHAR","warningLimit":"VARCHAR","combinations":[{"id":"VARCHAR","sku":"VARCHAR","quantity":"VARCHAR","unlimited":"VARCHAR","warningLimit":"VARCHAR"}]}'
    ) AS p
    FROM ecwid_products_raw
    WHERE id IS NOT NULL
),
listed AS (
    SELECT id AS variant_id, p.quantity AS level_text, p.unlimited AS unlimited, p.warningLimit AS limit_text
    FROM records WHERE coalesce(len(p.combinations), 0) = 0
    UNION ALL
    SELECT id || ':' || v.id, CASE WHEN nullif(v.sku, '') IS NULL THEN NULL ELSE v.quantity END,
           CASE WHEN nullif(v.sku, '') IS NULL THEN 'true' ELSE v.unlimited END, coalesce(v.warningLimit, warningLimit)
    FROM (SELECT id, p.warningLimit AS warningLimit, unnest(p.combinations) AS v FROM records)
    WHERE v.id IS NOT NULL
),
typed AS (
    SELECT
        *,
        coalesce(TRY_CAST(unlimited AS BOOLEAN), false) AS is_unlimited,
        TRY_CAST(TRY_CAST(level_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS on_hand,
        TRY_CAST(TRY_CAST(limit_text AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS low_stock
    FROM listed
)
SELECT
    typed.variant_id,
    store.id AS location_id,
    CASE WHEN NOT is_unlimited THEN on_hand END AS on_hand,
    NOT is_unlimited AS tracked,
    CAST(NULL AS DECIMAL(18, 4)) AS reorder_point,
    CAST(NULL AS DECIMAL(18, 4)) AS reorder_quantity,
    nullif(low_stock, 0) AS low_stock,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN NOT is_unlimited AND level_text IS NULL THEN 'on_hand: is missing' END,
        CASE WHEN NOT is_unlimited AND on_hand IS NULL AND level_text IS NOT NULL
            THEN 'on_hand: "' || level_text || '" is not a number' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
CROSS JOIN (SELECT id FROM ecwid_profile_raw WHERE id IS NOT NULL ORDER BY seq DESC LIMIT 1) AS store
