-- One row per product the plan makes visible: whether the till does not sell it (it was hidden there and then changed).
-- Only where plan has rows.
SELECT p.item_id, k.sku, p.name,
       NOT v.shown_at_till AS shown_again
FROM plan AS p
JOIN visible AS v ON v.item_id = p.item_id
LEFT JOIN (SELECT product_id, min(sku) AS sku FROM source_variants WHERE deleted_at IS NULL GROUP BY product_id) AS k ON k.product_id = p.item_id
WHERE p.level = 'product' AND p.action = 'publish' AND p.state = 'planned'
ORDER BY p.item_id
