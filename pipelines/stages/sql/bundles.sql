-- What the till's bundles are made of, down to what has stock of its own (`reliability.md` §2.5.4). Bundles inside bundles are followed five deep.
-- Grain of source_bundles: bundle, with `trouble`: why no level can be told of it; of source_parts: bundle and part, `counted`: its stock is.
-- Inputs: source_components, source_products, source_variants, source_stock, whole.
-- How many times `each` (above 0) goes into a level (0 or more), whole; and a number of units as it is written. Nothing of it is floating point.
CREATE OR REPLACE TEMP MACRO ten_thousandths(x) AS CAST(CAST(x AS DECIMAL(28, 4)) * 10000 AS HUGEINT);
CREATE OR REPLACE TEMP MACRO whole_times(level, each) AS ten_thousandths(level) // ten_thousandths(each);
CREATE OR REPLACE TEMP MACRO short(units) AS rtrim(rtrim(CAST(units AS VARCHAR), '0'), '.');
CREATE OR REPLACE TEMP TABLE bundle_steps AS
WITH RECURSIVE down AS (
    SELECT variant_id, component_id, quantity, quantity AS ratio, [variant_id] AS above, variant_id = component_id AS again
    FROM source_components WHERE deleted_at IS NULL
    UNION ALL
    SELECT d.variant_id, c.component_id, c.quantity, TRY_CAST(d.ratio * c.quantity AS DECIMAL(18, 4)), list_append(d.above, c.variant_id),
           list_contains(d.above, c.component_id) OR c.component_id = c.variant_id OR len(d.above) >= 5
    FROM down AS d
    JOIN (FROM source_components WHERE deleted_at IS NULL) AS c ON c.variant_id = d.component_id
    WHERE NOT d.again
)
SELECT d.*, coalesce(v.sku, d.component_id) AS sku, v.variant_id IS NOT NULL AS is_there
FROM down AS d
LEFT JOIN (FROM source_variants WHERE deleted_at IS NULL) AS v ON v.variant_id = d.component_id;
CREATE OR REPLACE TEMP TABLE source_bundles AS
SELECT b.variant_id, CASE WHEN bool_or(s.variant_id IS NOT NULL) THEN min(CASE
           WHEN s.again THEN 'it is made of itself'
           WHEN NOT s.is_there THEN 'what it is made of is not at the till: ' || s.sku
           WHEN s.ratio IS NULL THEN 'how many of ' || s.sku || ' it takes cannot be read'
           WHEN s.ratio <= 0 THEN 'it takes ' || short(s.quantity) || ' of ' || s.sku || ', which is no number of units' END)
           ELSE 'the till does not say what it is made of' END AS trouble
FROM (
    SELECT variant_id FROM source_components WHERE deleted_at IS NULL
    UNION
    SELECT v.variant_id FROM source_variants AS v JOIN source_products AS p ON p.product_id = v.product_id WHERE p.is_composite AND v.deleted_at IS NULL
) AS b
LEFT JOIN bundle_steps AS s ON s.variant_id = b.variant_id
GROUP BY b.variant_id;
CREATE OR REPLACE TEMP TABLE source_parts AS
SELECT s.variant_id, s.component_id, any_value(s.sku) AS sku, TRY_CAST(sum(s.ratio) AS DECIMAL(18, 4)) AS quantity, coalesce(any_value(k.tracked), false) AS counted
FROM bundle_steps AS s
LEFT JOIN (SELECT variant_id, bool_or(tracked) AS tracked FROM source_stock WHERE deleted_at IS NULL GROUP BY variant_id) AS k ON k.variant_id = s.component_id
WHERE NOT s.again AND s.component_id NOT IN (SELECT variant_id FROM source_components WHERE deleted_at IS NULL)
GROUP BY s.variant_id, s.component_id
HAVING sum(s.ratio) > 0;
