-- One row per SKU whose price the plan changes in the store: whether its sale price there would stand above the new one.
WITH priced AS (
    SELECT p.item_id, p.sku, p.name, t.sale_price, CAST(p.changes -> 'price' ->> 'after' AS DECIMAL(18, 4)) AS price
    FROM plan AS p
    JOIN target_variants AS t ON t.variant_id = p.target_id
    WHERE p.level = 'variant' AND p.action = 'update' AND p.state = 'planned'
),
texts AS (
    SELECT *, CAST(CAST(sale_price AS DECIMAL(18, 0)) AS VARCHAR) AS sale_minor, CAST(CAST(price AS DECIMAL(18, 0)) AS VARCHAR) AS price_minor
    FROM priced WHERE price IS NOT NULL
),
money AS (SELECT any_value(decimal_places) AS places, any_value(currency) AS currency FROM target_account)
SELECT item_id, sku, name, coalesce(sale_price > price, false) AS above,
       CASE WHEN places > 0 THEN left(lpad(sale_minor, CAST(greatest(length(sale_minor), places + 1) AS INTEGER), '0'), -places) || '.'
            || right(lpad(sale_minor, CAST(greatest(length(sale_minor), places + 1) AS INTEGER), '0'), places) ELSE sale_minor END || ' ' || currency AS sale_text,
       CASE WHEN places > 0 THEN left(lpad(price_minor, CAST(greatest(length(price_minor), places + 1) AS INTEGER), '0'), -places) || '.'
            || right(lpad(price_minor, CAST(greatest(length(price_minor), places + 1) AS INTEGER), '0'), places) ELSE price_minor END || ' ' || currency AS price_text
FROM texts CROSS JOIN money
ORDER BY item_id
