-- One row per SKU whose price the plan changes in the store: whether its sale price there would stand above the new one.
-- Only where plan has rows.
WITH priced AS (
    SELECT p.item_id, p.sku, p.name, t.sale_price, CAST(p.changes -> 'price' ->> 'after' AS DECIMAL(18, 4)) AS price
    FROM plan AS p
    JOIN target_variants AS t ON t.variant_id = p.target_id
    WHERE p.level = 'variant' AND p.action = 'update' AND p.state = 'planned'
),
money AS (SELECT any_value(decimal_places) AS places, any_value(currency) AS currency FROM target_account)
SELECT item_id, sku, name, coalesce(sale_price > price, false) AS above,
       money_text(sale_price, places, currency) AS sale_text, money_text(price, places, currency) AS price_text
FROM priced CROSS JOIN money
WHERE price IS NOT NULL
ORDER BY item_id
