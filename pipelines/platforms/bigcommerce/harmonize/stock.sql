-- One row per variant and location. On hand is total_inventory_onhand, the figure an absolute adjustment sets (fact sheet §5).
-- Inputs: bigcommerce_inventory_raw, bigcommerce_products_raw (what is counted). An item counted as a whole shows as its base variant.
SELECT coalesce(i.record ->> '$.identity.variant_id', p.record ->> '$.base_variant_id') AS variant_id,
       place ->> '$.location_id' AS location_id,
       TRY_CAST(place ->> '$.total_inventory_onhand' AS DECIMAL(18, 4)) AS on_hand,
       coalesce(p.record ->> '$.inventory_tracking', 'none') <> 'none' AS tracked,
       CAST(NULL AS DECIMAL(18, 4)) AS reorder_point, CAST(NULL AS DECIMAL(18, 4)) AS reorder_quantity,
       CAST(NULL AS BIGINT) AS version, CAST(NULL AS TIMESTAMP) AS deleted_at,
       CASE WHEN TRY_CAST(place ->> '$.total_inventory_onhand' AS DECIMAL(18, 4)) IS NULL
            THEN ['on_hand: ' || coalesce(CAST(place -> '$.total_inventory_onhand' AS VARCHAR), 'nothing') || ' is not a number']
            ELSE CAST([] AS VARCHAR[]) END AS defects
FROM (SELECT record, unnest(json_extract(record, '$.locations[*]')) AS place FROM bigcommerce_inventory_raw) AS i
LEFT JOIN bigcommerce_products_raw AS p ON p.id = (i.record ->> '$.identity.product_id')
WHERE coalesce(i.record ->> '$.identity.variant_id', p.record ->> '$.base_variant_id') IS NOT NULL
