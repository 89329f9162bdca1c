-- Levels: one row per product and outlet (fact sheet §7). Inputs: inventory, products, outlets (raw).
-- Negative and fractional levels stay; deleted outlets have none; what cannot be read is NULL, never 0.
-- A counted product that an outlet has no record of is at 0 there; a composite has no stock
-- of its own (§6.6): what it is made of is in components.sql.
WITH known AS (
    SELECT
        record->>'$.product_id' AS variant_id,
        record->>'$.outlet_id' AS location_id,
        nullif(record->>'$.current_inventory_level', '') AS on_hand_text,
        nullif(record->>'$.reorder_point', '') AS point_text,
        nullif(record->>'$.reorder_amount', '') AS quantity_text,
        CAST(version AS BIGINT) AS version,
        nullif(deleted_at, '') AS deleted_text,
        defect
    FROM lightspeed_x_inventory_raw
),
products AS (
    SELECT
        id,
        TRY_CAST(record->>'$.has_inventory' AS BOOLEAN) AS tracked,
        coalesce(TRY_CAST(record->>'$.is_composite' AS BOOLEAN), false) AS is_composite,
        CAST(version AS BIGINT) AS version,
        nullif(deleted_at, '') AS deleted_text
    FROM lightspeed_x_products_raw
),
levels AS (
    FROM known
    UNION ALL
    SELECT products.id, outlets.id, '0', NULL, NULL, products.version, NULL, NULL
    FROM products
    CROSS JOIN lightspeed_x_outlets_raw AS outlets
    ANTI JOIN known ON known.variant_id = products.id AND known.location_id = outlets.id
    WHERE products.tracked AND NOT products.is_composite AND products.id IS NOT NULL
      AND products.deleted_text IS NULL AND nullif(outlets.deleted_at, '') IS NULL
),
typed AS (
    SELECT
        levels.variant_id,
        levels.location_id,
        TRY_CAST(TRY_CAST(on_hand_text AS DECIMAL(38, 10)) AS DECIMAL(18, 4)) AS on_hand,
        coalesce(products.tracked, false) AS tracked,
        TRY_CAST(TRY_CAST(point_text AS DECIMAL(38, 10)) AS DECIMAL(18, 4)) AS reorder_point,
        TRY_CAST(TRY_CAST(quantity_text AS DECIMAL(38, 10)) AS DECIMAL(18, 4)) AS reorder_quantity,
        levels.version,
        coalesce(products.deleted_text, levels.deleted_text) AS deleted_text,
        on_hand_text,
        point_text,
        quantity_text,
        levels.defect
    FROM levels
    JOIN products ON products.id = levels.variant_id
    WHERE NOT products.is_composite AND NOT EXISTS (
        SELECT 1 FROM lightspeed_x_outlets_raw AS outlets
        WHERE outlets.id = levels.location_id AND nullif(outlets.deleted_at, '') IS NOT NULL
    )
)
SELECT
    variant_id,
    location_id,
    on_hand,
    tracked,
    reorder_point,
    reorder_quantity,
    CAST(NULL AS DECIMAL(18, 4)) AS low_stock,
    version,
    CASE WHEN deleted_text IS NOT NULL
        THEN coalesce(timezone('UTC', TRY_CAST(deleted_text AS TIMESTAMPTZ)), TIMESTAMP '1970-01-01 00:00:00') END AS deleted_at,
    list_filter([
        defect,
        CASE WHEN on_hand IS NULL AND on_hand_text IS NOT NULL THEN 'on_hand: "' || on_hand_text || '" is not a number' END,
        CASE WHEN on_hand_text IS NULL AND tracked THEN 'on_hand: is missing' END,
        CASE WHEN reorder_point IS NULL AND point_text IS NOT NULL
            THEN 'reorder_point: "' || point_text || '" is not a number' END,
        CASE WHEN reorder_quantity IS NULL AND quantity_text IS NOT NULL
            THEN 'reorder_quantity: "' || quantity_text || '" is not a number' END
    ], entry -> entry IS NOT NULL) AS defects
FROM typed
