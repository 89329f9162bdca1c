-- Pictures of living products: one row per picture. A family's own come once, however many members show them; a picture
-- that is also one variant's belongs to the variant. Input: products (raw). A picture without an id is known by its address.
WITH members AS (
    SELECT
        id,
        coalesce(nullif(record.family_id, ''), nullif(record.variant_parent_id, ''), id) AS product_id,
        row_number() OVER (
            PARTITION BY coalesce(nullif(record.family_id, ''), nullif(record.variant_parent_id, ''), id)
            ORDER BY nullif(record.variant_parent_id, '') IS NOT NULL, coalesce(record.created_at, ''), id
        ) AS place,
        version,
        record.images AS shared,
        record.skuImages AS own
    FROM (
        SELECT id, CAST(version AS BIGINT) AS version, from_json(record,
            '{"family_id":"VARCHAR","variant_parent_id":"VARCHAR","created_at":"VARCHAR","images":[{"id":"VARCHAR","url":"VARCHAR","sizes":{"original":"VARCHAR"}}],"skuImages":[{"id":"VARCHAR","url":"VARCHAR","sizes":{"original":"VARCHAR"}}]}'
        ) AS record
        FROM lightspeed_x_products_raw
        WHERE id IS NOT NULL AND nullif(deleted_at, '') IS NULL
    )
),
listed AS (
    SELECT product_id, id AS variant_id, place, version, unnest(own) AS picture, generate_subscripts(own, 1) AS nth
    FROM members
    UNION ALL
    SELECT product_id, NULL, place, version, unnest(shared), generate_subscripts(shared, 1) FROM members
),
addressed AS (
    SELECT
        * EXCLUDE (picture),
        nullif(picture.id, '') AS known_id,
        coalesce(nullif(picture.sizes.original, ''), nullif(picture.url, '')) AS url
    FROM listed
),
once AS (
    SELECT *, coalesce(known_id, url) AS image_id
    FROM addressed
    WHERE known_id IS NOT NULL OR url IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY product_id, coalesce(known_id, url) ORDER BY variant_id IS NULL, place, nth
    ) = 1
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
