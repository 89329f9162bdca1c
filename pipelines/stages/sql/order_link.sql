-- Which product of the till each line of this run's orders is. Nothing is matched by guessing: a link, else the same SKU once;
-- no product where the till has none and none is to be made or put in its place (`unknown_item: hold`); a line that is recorded goes on.
-- Grain of orders_link: line of an order. Inputs: orders_due, target_orders, target_order_lines, source_variants, order_standing,
-- sale_documents, pairs_of_items, order_helpers.
-- Bound: $connection, $unknown_item, $history: orders of before are history, $stays: which takes no stock.
CREATE OR REPLACE TEMP TABLE order_history AS
SELECT o.order_id, coalesce(k.history, $stays AND o.ordered_at < $history) AS stays, o.ordered_at < $history AS is_history, o.ordered_at, o.changed_at
FROM target_orders AS o
SEMI JOIN orders_due AS due ON due.order_id = o.order_id
LEFT JOIN order_standing AS k ON k.order_id = o.order_id;
CREATE OR REPLACE TEMP TABLE variants_by_sku AS
SELECT sku, min(variant_id) AS item_id, count(*) AS times FROM source_variants WHERE deleted_at IS NULL AND sku IS NOT NULL GROUP BY sku;
CREATE OR REPLACE TEMP TABLE recorded_lines AS
SELECT DISTINCT order_id, line ->> 'key' AS line_id
FROM (
    SELECT d.order_id, unnest(json_extract(d.document, '$.lines[*]')) AS line
    FROM sale_documents AS d SEMI JOIN orders_due AS due ON due.order_id = d.order_id
    WHERE d.outcome IN ('ok', 'exists', 'unknown') AND d.voided_at IS NULL AND $unknown_item = 'hold'
);
CREATE OR REPLACE TEMP TABLE found_items AS
SELECT l.order_id, l.line_id, l.kind, l.sku, l.name, l.quantity, l.total, l.tax, l.discount, l.note, l.position, l.defects,
       CASE WHEN l.kind = 'item' AND NOT o.stays THEN coalesce(k.item_id, CASE WHEN s.times = 1 THEN s.item_id END) END AS known_id,
       CASE WHEN l.kind <> 'item' THEN 'helper:' || l.kind
            WHEN o.stays THEN 'helper:placeholder'
            WHEN coalesce(k.item_id, CASE WHEN s.times = 1 THEN s.item_id END) IS NOT NULL THEN NULL
            WHEN $unknown_item = 'create' AND nullif(trim(l.sku), '') IS NOT NULL AND s.sku IS NULL AND d.sku IS NULL THEN 'sku:' || l.sku
            WHEN $unknown_item <> 'hold' OR r.order_id IS NOT NULL THEN 'helper:placeholder' END AS item_key,
       CASE WHEN l.kind <> 'item' THEN 'charged beside products' WHEN o.stays THEN 'sold before the connection: its stock stays' WHEN k.item_id IS NOT NULL THEN 'linked' WHEN s.times = 1 THEN 'the same SKU at the till'
            WHEN s.times > 1 THEN 'its SKU stands ' || s.times || ' times at the till' WHEN d.sku IS NOT NULL THEN 'its product was deleted at the till'
            WHEN nullif(trim(l.sku), '') IS NULL THEN 'it has no SKU' ELSE 'the till does not have it' END AS how
FROM target_order_lines AS l
JOIN order_history AS o ON o.order_id = l.order_id
LEFT JOIN recorded_lines AS r ON r.order_id = l.order_id AND r.line_id = l.line_id
LEFT JOIN (
    SELECT l.order_id, l.line_id, coalesce(arg_min(k.item_id, k.until) FILTER (sync.is_of_before(k.until, h.ordered_at, h.changed_at, l.sku, k.own, k.shown)),
                                            min(k.item_id) FILTER (k.until IS NULL)) AS item_id
    FROM target_order_lines AS l
    JOIN order_history AS h ON h.order_id = l.order_id
    JOIN pairs_of_items AS k ON k.variant_id = l.variant_id AND k.is_sold
    GROUP BY l.order_id, l.line_id
) AS k ON k.order_id = l.order_id AND k.line_id = l.line_id
LEFT JOIN variants_by_sku AS s ON s.sku = l.sku
LEFT JOIN (SELECT DISTINCT sku FROM source_variants WHERE deleted_at IS NOT NULL AND sku IS NOT NULL) AS d ON d.sku = l.sku;
CREATE OR REPLACE TABLE orders_link AS
SELECT f.order_id, f.line_id, f.kind, f.sku, f.name, coalesce(f.known_id, h.item_id, 'created:' || f.item_key) AS item_id, f.item_key, f.how
FROM found_items AS f
LEFT JOIN (
    SELECT h.item_key, s.item_id FROM order_helpers AS h JOIN variants_by_sku AS s ON s.sku = h.sku
) AS h ON h.item_key = f.item_key;
