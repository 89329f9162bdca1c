-- What the till holds and what the store shows, levels below 0 first. Grain: SKU and store location. Bound: $run_id, $limit.
-- A level that was written or found equal is what the store shows; else what was last read there, NULL where that is unknown.
SELECT v.sku, p.name, coalesce(w.name, d.location_id) AS location, d.till_on_hand, e.state, e.reason, d.negative,
       CASE WHEN e.state IN ('created', 'updated', 'unchanged') AND $wrote THEN d.on_hand ELSE t.on_hand END AS shown,
       d.on_hand AS wanted, count(*) OVER () AS total, count(*) FILTER (d.negative) OVER () AS below_zero
FROM {stock_desired} AS d
JOIN {source_variants} AS v ON v.variant_id = d.item_id
JOIN {source_products} AS p ON p.product_id = v.product_id
LEFT JOIN {end_states} AS e ON e.run_id = $run_id AND e.entity = 'stock' AND e.item_id = d.item_id
    AND e.location_id IS NOT DISTINCT FROM d.location_id
LEFT JOIN {variants_link} AS l ON l.from_id = d.item_id AND l.state = 'linked'
LEFT JOIN {target_stock} AS t ON t.variant_id = l.to_id AND t.location_id = d.location_id
LEFT JOIN {target_locations} AS w ON w.location_id = d.location_id
ORDER BY d.negative DESC NULLS LAST, v.sku, location LIMIT $limit
