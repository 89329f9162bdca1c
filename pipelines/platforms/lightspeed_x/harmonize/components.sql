-- What composites are made of: one row per composite and component (fact sheet §6.6). Inputs: products (raw).
-- A quantity that cannot be read is NULL, never 0; what is no object of quantities gives no row.
WITH composites AS (
    SELECT id, version, nullif(deleted_at, '') AS deleted_text, record -> '$.composite_bom' AS bom
    FROM lightspeed_x_products_raw
    WHERE TRY_CAST(record ->> '$.is_composite' AS BOOLEAN) AND id IS NOT NULL
)
SELECT
    composites.id AS variant_id,
    part.key AS component_id,
    TRY_CAST(TRY_CAST(part.value ->> '$' AS DECIMAL(38, 10)) AS DECIMAL(18, 4)) AS quantity,
    CAST(composites.version AS BIGINT) AS version,
    CASE WHEN composites.deleted_text IS NOT NULL THEN coalesce(
        timezone('UTC', TRY_CAST(composites.deleted_text AS TIMESTAMPTZ)), TIMESTAMP '1970-01-01 00:00:00') END AS deleted_at,
    CAST([] AS VARCHAR[]) AS defects
FROM composites, json_each(composites.bom) AS part
WHERE json_type(composites.bom) = 'OBJECT'
