-- Orders whose units levels hold back, the most units first. Grain: order and SKU. Bound: $limit.
SELECT f.number, f.sku, f.status, f.units, f.why, count(*) OVER () AS total
FROM {orders_in_flight} AS f ORDER BY f.units DESC, f.number, f.sku LIMIT $limit
