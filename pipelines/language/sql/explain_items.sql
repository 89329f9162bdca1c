-- Every record of a SKU on both sides, and how they stand to each other. One row per pair. Bound: $connection, $sku.
-- The kept links come first: they hold what the last run created.
-- A till record without a link is shown beside the store record of the same SKU, whose state says that they are not linked.
WITH till AS (
    SELECT
        v.variant_id AS from_id,
        v.product_id AS from_product_id,
        p.name,
        coalesce(k.to_id, l.to_id) AS to_id,
        o.to_id AS to_product_id,
        coalesce(k.state, l.state, 'none') AS state,
        coalesce(k.match_key, l.match_key) AS match_key,
        coalesce(k.reason, l.reason) AS reason,
        k.since
    FROM {source_variants} AS v
    LEFT JOIN {source_products} AS p ON p.product_id = v.product_id
    LEFT JOIN {variants_link} AS l ON l.from_id = v.variant_id
    LEFT JOIN sync.links AS k ON k.connection = $connection AND k.level = 'variants' AND k.from_id = v.variant_id
    LEFT JOIN sync.links AS o ON o.connection = $connection AND o.level = 'products' AND o.from_id = v.product_id
    WHERE trim(v.sku) = trim($sku)
),
store AS (
    SELECT v.variant_id, v.product_id, p.name, trim(v.sku) = trim($sku) AS same_sku
    FROM {target_variants} AS v
    LEFT JOIN {target_products} AS p ON p.product_id = v.product_id
    WHERE trim(v.sku) = trim($sku) OR v.variant_id IN (SELECT to_id FROM till)
)
SELECT
    t.from_id,
    t.from_product_id,
    coalesce(s.variant_id, t.to_id) AS to_id,
    coalesce(s.product_id, t.to_product_id) AS to_product_id,
    coalesce(t.name, s.name) AS name,
    coalesce(t.state, 'only in the store') AS state,
    t.match_key,
    t.reason,
    t.since
FROM till AS t
FULL JOIN store AS s ON CASE WHEN t.to_id IS NULL THEN s.same_sku ELSE s.variant_id = t.to_id END
ORDER BY 1, 3
