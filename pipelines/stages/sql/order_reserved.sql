-- Units that were ordered online and are not surely inside the till's reading (`reliability.md` §2.5.3): U of the formula.
-- Grain of reserved_here: till item. A bundle's units are those of its parts: it has no stock of its own (§2.5.4).
-- Inputs: source_parts, orders_due, order_standing, target_orders, target_order_lines, order_refunds, source_variants, source_stock, pairs_of_items,
-- sale_documents, by_hand, out_by_hand, order_statuses. Bound: $outlet: the register's, $start: orders of before
-- count only while their goods are still in the shop, $visible: what was recorded until then is in the till's reading in any case.
CREATE OR REPLACE TEMP TABLE items_of_lines AS
SELECT l.order_id, l.line_id, coalesce(arg_min(k.item_id, k.until) FILTER (sync.is_of_before(k.until, o.ordered_at, o.changed_at, l.sku, k.own, k.shown)),
                                        min(k.item_id) FILTER (k.until IS NULL)) AS item_id
FROM target_order_lines AS l
JOIN target_orders AS o ON o.order_id = l.order_id
JOIN pairs_of_items AS k ON k.variant_id = l.variant_id
GROUP BY l.order_id, l.line_id;
-- Units of an order in a status the mapping does not know are taken for sold: it waits for a person, its goods may be gone.
CREATE OR REPLACE TEMP TABLE order_items AS
SELECT l.order_id, l.line_id, coalesce(p.item_id, s.item_id) AS item_id, greatest(l.quantity - coalesce(r.units, 0), 0) AS quantity,
       coalesce(st.commits, true) AND coalesce(st.becomes, '') <> 'voided' AND NOT coalesce(st.refunded AND NOT k.stands, false) AND (o.ordered_at >= $start OR coalesce(st.open, true)) AND (o.deleted_at IS NULL OR coalesce(k.stands, false)) AS taken,
       CASE WHEN coalesce(st.commits, true) AND coalesce(st.becomes, '') <> 'voided' THEN l.quantity ELSE 0 END AS sold
FROM target_order_lines AS l
JOIN target_orders AS o ON o.order_id = l.order_id
LEFT JOIN order_statuses AS st ON st.status = o.status
LEFT JOIN order_standing AS k ON k.order_id = l.order_id
LEFT JOIN items_of_lines AS p ON p.order_id = l.order_id AND p.line_id = l.line_id
-- Units given back count as the till has them: only where refunds are recorded there.
LEFT JOIN (SELECT order_id, line_id, sum(units) AS units FROM order_refunds GROUP BY order_id, line_id) AS r ON r.order_id = l.order_id AND r.line_id = l.line_id
LEFT JOIN (SELECT sku, min(variant_id) AS item_id FROM source_variants WHERE deleted_at IS NULL AND sku IS NOT NULL GROUP BY sku HAVING count(*) = 1) AS s
    ON s.sku = l.sku
WHERE l.kind = 'item' AND l.quantity > 0;
-- The store moves its own levels with its orders, also those of which nothing is reserved any more.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT DISTINCT i.item_id FROM order_items AS i SEMI JOIN orders_due AS d ON d.order_id = i.order_id WHERE i.item_id IS NOT NULL;
-- Where a line's units are taken from: its item, or the parts of a bundle.
CREATE OR REPLACE TEMP TABLE drawn AS
SELECT i.order_id, i.line_id, coalesce(p.component_id, i.item_id) AS item_id, coalesce(p.quantity, 1) AS each,
       CASE WHEN i.taken THEN i.quantity ELSE 0 END AS quantity
FROM order_items AS i
LEFT JOIN source_parts AS p ON p.variant_id = i.item_id
WHERE i.item_id IS NOT NULL;
-- What the till's documents contain: of sales only what is surely inside the reading, of returns all of it; a void puts all of it back.
CREATE OR REPLACE TEMP TABLE document_lines AS
SELECT d.order_id, d.kind, d.version, d.recorded_at, d.outcome, d.voided_at, d.line ->> 'key' AS line_id, d.line ->> 'item_id' AS item_id,
       CAST(d.line ->> 'quantity' AS DECIMAL(18, 4)) AS quantity, d.read_before
FROM (
    SELECT *, unnest(json_extract(document, '$.lines[*]')) AS line,
           from_json(levels, '[{"item_id": "VARCHAR", "level": "VARCHAR", "version": "VARCHAR"}]') AS read_before
    FROM sale_documents WHERE (state = 'closed' OR intent IN (SELECT intent FROM by_hand WHERE closed)) AND coalesce(CAST(document ->> 'history' AS BOOLEAN), false) = false
) AS d
WHERE d.outcome IN ('ok', 'exists', 'unknown');
-- What staff took out of a recorded sale by hand is at the till again: while the order's goods are still to leave the shop it is not free, later the
-- till's own figure counts.
INSERT INTO document_lines BY NAME
SELECT b.order_id, 'return' AS kind, 'ok' AS outcome, h.line_id, h.item_id, h.units AS quantity
FROM out_by_hand AS h
JOIN by_hand AS b ON b.intent = h.intent
JOIN target_orders AS o ON o.order_id = b.order_id
LEFT JOIN order_statuses AS st ON st.status = o.status
WHERE coalesce(st.open, true);
-- A row of the till that moved since the documents were sent, by exactly what they take, contains them.
CREATE OR REPLACE TEMP TABLE moved AS
SELECT m.item_id, m.version_before
FROM (
    SELECT item_id, CAST(before.version AS BIGINT) AS version_before, any_value(CAST(before.level AS DECIMAL(18, 4))) AS level_before,
           sum(CASE WHEN kind = 'sale' THEN quantity ELSE -quantity END) AS taken
    FROM (
        SELECT d.* EXCLUDE (item_id, quantity), coalesce(p.component_id, d.item_id) AS item_id, CAST(d.quantity * coalesce(p.quantity, 1) AS DECIMAL(36, 4)) AS quantity,
               list_filter(d.read_before, lambda one: one.item_id = coalesce(p.component_id, d.item_id))[1] AS before
        FROM document_lines AS d
        LEFT JOIN source_parts AS p ON p.variant_id = d.item_id
    )
    WHERE before.version IS NOT NULL AND outcome IN ('ok', 'exists') AND voided_at IS NULL GROUP BY item_id, version_before
) AS m
JOIN source_stock AS k ON k.variant_id = m.item_id AND k.location_id = $outlet
WHERE k.version > m.version_before AND k.on_hand = m.level_before - m.taken;
-- A line is in the till as the item it was sold as there (`row_id`: whose row says so), with the parts its order's line is taken from now.
CREATE OR REPLACE TEMP TABLE inside AS
SELECT d.order_id, d.line_id, d.item_id, any_value(d.row_id) AS row_id, any_value(d.each) AS each,
       sum(CASE WHEN d.kind = 'sale' AND d.outcome IN ('ok', 'exists') AND d.voided_at IS NULL AND (k.version > d.version OR d.recorded_at <= $visible OR m.item_id IS NOT NULL) THEN d.quantity
                WHEN d.kind = 'return' AND d.voided_at IS NULL THEN -d.quantity ELSE 0 END) AS units
FROM (
    SELECT l.* EXCLUDE (item_id, quantity, sold_id), coalesce(p.component_id, l.sold_id) AS item_id, coalesce(p.quantity, 1) AS each,
           CAST(l.quantity * coalesce(p.quantity, 1) AS DECIMAL(36, 4)) AS quantity,
           CASE WHEN l.item_id = l.sold_id THEN coalesce(p.component_id, l.item_id) ELSE l.item_id END AS row_id
    FROM (
        SELECT k.*, coalesce(i.item_id, k.item_id) AS sold_id
        FROM document_lines AS k
        LEFT JOIN order_items AS i ON i.order_id = k.order_id AND i.line_id = k.line_id
    ) AS l
    LEFT JOIN source_parts AS p ON p.variant_id = l.sold_id
) AS d
LEFT JOIN source_stock AS k ON k.variant_id = d.row_id AND k.location_id = $outlet
LEFT JOIN moved AS m ON m.item_id = d.row_id AND m.version_before = CAST(list_filter(d.read_before, lambda one: one.item_id = d.row_id)[1].version AS BIGINT)
GROUP BY d.order_id, d.line_id, d.item_id;
CREATE OR REPLACE TEMP TABLE in_flight AS
SELECT order_id, item_id, sum(units) AS units
FROM (
    SELECT w.order_id, w.item_id, greatest(CAST(w.quantity * w.each AS DECIMAL(36, 4)) - coalesce(n.units, 0), 0) AS units
    FROM drawn AS w
    LEFT JOIN inside AS n ON n.order_id = w.order_id AND n.line_id = w.line_id AND n.item_id = w.item_id
)
GROUP BY order_id, item_id HAVING sum(units) > 0;
CREATE OR REPLACE TEMP TABLE reserved_here AS
SELECT item_id, sum(units) AS units FROM in_flight GROUP BY item_id;
-- What the store's levels were lowered by, as far as its orders say; what was given back for money it does not put back itself.
CREATE OR REPLACE TEMP TABLE ordered_units AS
SELECT item_id, sum(sold) AS units FROM order_items WHERE item_id IS NOT NULL GROUP BY item_id;
