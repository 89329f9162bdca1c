-- Register sales that are of online orders, and what gives something of any sale back. Input: sales (raw). Others are there only to hold the cursor.
SELECT
    id AS sale_id,
    nullif(record->>'$.invoice_number', '') AS reference,
    record->>'$.state' AS state,
    record->>'$.original_sale_id' AS return_of,
    record->>'$.source.register_id' AS register_id,
    record->>'$.source.outlet_id' AS location_id,
    CAST(NULL AS VARCHAR) AS customer_id,
    list_transform(
        from_json(record -> '$.lines', '[{"product_id": "VARCHAR", "quantity": "VARCHAR"}]'),
        one -> {'item_id': one.product_id, 'quantity': TRY_CAST(TRY_CAST(one.quantity AS DECIMAL(38, 10)) AS DECIMAL(18, 4))}
    ) AS lines,
    CAST(NULL AS DECIMAL(18, 4)) AS total,
    CAST(NULL AS DECIMAL(18, 4)) AS total_tax,
    CAST(NULL AS DECIMAL(18, 4)) AS paid,
    CAST(NULL AS TIMESTAMP) AS sold_at,
    CAST(version AS BIGINT) AS version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    CAST([] AS VARCHAR[]) AS defects
FROM lightspeed_x_sales_raw
WHERE id IS NOT NULL AND (record->>'$.state') IS NOT NULL
