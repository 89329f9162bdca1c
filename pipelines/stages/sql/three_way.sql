-- What anybody may read of stock: the till's level, the last agreed, the store's, and what the safe level leaves out (`reliability.md` §2.5).
-- Grain: till item and store location; of orders_in_flight order and till item. Inputs: {stock_desired}, {variants_link}, {stock_agreed}, {stock_in_flight}, {sales_by_hand},
-- {source_variants}, {source_products}, {target_stock}, {target_locations}, sync.order_states, sync.sale_documents.
-- A level that was written or found equal after it was read last is what the store has now.
CREATE OR REPLACE VIEW {stock_three_way} AS
SELECT d.item_id, d.location_id, v.sku, p.name, coalesce(w.name, d.location_id) AS location, d.till_on_hand AS till_now, a.level AS last_agreed, a.agreed_at,
       CASE WHEN a.seq >= coalesce(t.seq, 0) THEN a.level ELSE t.on_hand END AS store_now,
       d.reserved AS ordered, d.unexplained, d.held_back AS buffer, d.coming_back, d.on_hand AS safe_level, d.negative, d.reason AS why
FROM {stock_desired} AS d
JOIN {source_variants} AS v ON v.variant_id = d.item_id
JOIN {source_products} AS p ON p.product_id = v.product_id
LEFT JOIN {stock_agreed} AS a ON a.item_id = d.item_id AND a.location_id = d.location_id
LEFT JOIN (FROM {variants_link} WHERE state = 'linked') AS l ON l.from_id = d.item_id
LEFT JOIN {target_stock} AS t ON t.variant_id = l.to_id AND t.location_id = d.location_id
LEFT JOIN {target_locations} AS w ON w.location_id = d.location_id;
CREATE OR REPLACE VIEW {orders_in_flight} AS
SELECT f.item_id, v.sku, f.order_id, f.number, f.status, f.units, coalesce(s.state, 'new') AS state,
       CASE WHEN f.order_id = 'drop' THEN 'its level fell there and no order says why'
            WHEN h.said IS NOT NULL THEN 'its sale ' || h.said
            WHEN s.state IN ('quarantined', 'held') THEN s.reason
            WHEN d.unknown THEN 'whether its sale was recorded is not known yet'
            WHEN d.parked THEN 'its sale is parked until it is paid'
            WHEN d.stands THEN 'its sale is at the till, whose level was read before it'
            WHEN s.state IN ('out_of_scope', 'failed') THEN s.reason
            ELSE 'no run has recorded it yet' END AS why
FROM {stock_in_flight} AS f
LEFT JOIN {source_variants} AS v ON v.variant_id = f.item_id
LEFT JOIN sync.order_states AS s ON s.connection = f.connection AND s.order_id = f.order_id
LEFT JOIN (SELECT connection, order_id, string_agg(reference || ' was ' || said, '; ' ORDER BY reference) AS said FROM {sales_by_hand} GROUP BY ALL) AS h
    ON h.connection = f.connection AND h.order_id = f.order_id
LEFT JOIN (
    SELECT connection, order_id, bool_or(outcome = 'unknown') AS unknown,
           bool_or(state = 'parked' AND outcome IN ('ok', 'exists') AND voided_at IS NULL) AS parked,
           bool_or(outcome IN ('ok', 'exists') AND voided_at IS NULL) AS stands
    FROM sync.sale_documents GROUP BY connection, order_id
) AS d ON d.connection = f.connection AND d.order_id = f.order_id;
