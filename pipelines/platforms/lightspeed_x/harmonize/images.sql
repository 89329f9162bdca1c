-- Pictures of live products: a family's own (each once, however many members show it) and those of one variant.
WITH members AS (
    SELECT
        id,
        coalesce(nullif(record->>'$.family_id', ''), nullif(record->>'$.variant_parent_id', ''), id) AS product_id,
        row_number() OVER (
            PARTITION BY coalesce(nullif(record->>'$.family_id', ''), nullif(record->>'$.variant_parent_id', ''), id)
            ORDER BY nullif(record->>'$.variant_parent_id', '') IS NOT NULL, record->>'$.created_at', id
        ) AS place,
        CAST(version AS BIGINT) AS version,
        from_json(record->'$.images', '[{"id":"VARCHAR","url":"VARCHAR","sizes":{"original":"VARCHAR"}}]') AS shared,
        from_json(record->'$.skuImages', '[{"id":"VARCHAR","url":"VARCHAR","sizes":{"original":"VARCHAR"}}]') AS own
    FROM lightspeed_x_products_raw
    WHERE id IS NOT NULL AND nullif(deleted_at, '') IS NULL
),
listed AS (
    SELECT product_id, id AS variant_id, place, version, unnest(own) AS picture, generate_subscripts(own, 1) AS nth FROM members
    UNION ALL
    SELECT product_id, NULL, place, version, unnest(shared), generate_subscripts(shared, 1) FROM members
),
once AS (
    SELECT
        picture.id AS image_id,
        product_id,
        variant_id,
        coalesce(nullif(picture.sizes.original, ''), nullif(picture.url, '')) AS url,
        place,
        nth,
        version
    FROM listed
    WHERE picture.id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY picture.id ORDER BY variant_id IS NULL, place, nth) = 1
)
SELECT
    image_id,
    product_id,
    variant_id,
    url,
    CAST(row_number() OVER (PARTITION BY product_id, variant_id ORDER BY place, nth) AS INTEGER) AS position,
    version,
    CAST(NULL AS TIMESTAMP) AS deleted_at,
    list_filter([CASE WHEN url IS NULL THEN 'url: is missing' END], entry -> entry IS NOT NULL) AS defects
FROM once
