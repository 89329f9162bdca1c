-- One row per variant and location. Inputs: bigcommerce_inventory_raw, bigcommerce_products_raw (how it is counted).
-- on_hand is total_inventory_onhand, the figure that an absolute adjustment sets; available_to_sell is that less the
-- store's own safety stock (fact sheet §5). An item that names no variant is the base variant of its product.
WITH items AS (
    SELECT from_json(record,
        '{"identity":{"variant_id":"VARCHAR","product_id":"VARCHAR"},"locations":[{"location_id":"VARCHAR","total_inventory_onhand":"VARCHAR"}]}'
    ) AS item
    FROM bigcommerce_inventory_raw
),
products AS (
    SELECT id, from_json(record, '{"base_variant_id":"VARCHAR","inventory_tracking":"VARCHAR"}') AS p
    FROM bigcommerce_products_raw
),
places AS (
    SELECT
        coalesce(item.identity.variant_id, products.p.base_variant_id) AS variant_id,
        products.p.inventory_tracking AS tracking,
        unnest(item.locations) AS place
    FROM items
    LEFT JOIN products ON products.id = item.identity.product_id
),
levels AS (
    SELECT
        variant_id,
        place.location_id AS location_id,
        tracking,
        place.total_inventory_onhand AS level_text,
        TRY_CAST(TRY_CAST(place.total_inventory_onhand AS DECIMAL(30, 10)) AS DECIMAL(18, 4)) AS on_hand,
        count(*) OVER (PARTITION BY variant_id, place.location_id) > 1 AS repeated
    FROM places
    WHERE variant_id IS NOT NULL AND place.location_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY variant_id, location_id ORDER BY on_hand NULLS LAST) = 1
)
SELECT
    variant_id,
    location_id,
    on_hand,
    coalesce(tracking, 'none') <> 'none' AS tracked,
    CAST(NULL AS DECIMAL(18, 4)) AS reorder_point,
    CAST(NULL AS DECIMAL(18, 4)) AS reorder_quantity,
    CAST(NULL AS DECIMAL(18, 4)) AS low_stock,
    CAST(NULL AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([
        CASE WHEN level_text IS NULL THEN 'on_hand: is missing' END,
        CASE WHEN on_hand IS NULL AND level_text IS NOT NULL THEN 'on_hand: "' || level_text || '" is not a number' END,
        CASE WHEN repeated THEN 'on_hand: the location is listed more than once' END
    ], entry -> entry IS NOT NULL) AS defects
FROM levels
