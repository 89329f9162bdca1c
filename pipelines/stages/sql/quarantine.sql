-- Broken rows leave the plan; their records enter quarantine, mended ones leave it by themselves.
-- Grain of sync.quarantine: entity and till variant, or order. Inputs: broken_rows, plan, source_*, orders_desired, considered. Bound: $connection, $run_id, $now.
CREATE OR REPLACE TEMP TABLE broken_records (
    entity VARCHAR, item_id VARCHAR, product_id VARCHAR, sku VARCHAR, name VARCHAR, class VARCHAR, reason VARCHAR, rule VARCHAR
);
-- Only where broken_rows has rows.
INSERT INTO broken_records
SELECT 'products' AS entity, v.variant_id AS item_id, v.product_id, v.sku, p.name, b.class, b.reason, b.rule
FROM broken_rows AS b
JOIN source_variants AS v ON (b.level = 'product' AND v.product_id = b.item_id) OR (b.level = 'variant' AND v.variant_id = b.item_id)
JOIN source_products AS p ON p.product_id = v.product_id
WHERE v.deleted_at IS NULL
UNION ALL
SELECT 'stock', v.variant_id, v.product_id, v.sku, p.name, b.class, b.reason, b.rule
FROM broken_rows AS b
JOIN source_variants AS v ON b.level = 'stock' AND v.variant_id = b.item_id
JOIN source_products AS p ON p.product_id = v.product_id
UNION ALL
SELECT 'orders', d.order_id, NULL, NULL, 'order ' || d.number, b.class, b.reason, b.rule
FROM broken_rows AS b
JOIN orders_desired AS d ON b.level = 'order' AND d.order_id = b.item_id;
CREATE OR REPLACE TEMP TABLE quarantined (
    entity VARCHAR, item_id VARCHAR, product_id VARCHAR, sku VARCHAR, name VARCHAR, class VARCHAR, reason VARCHAR, rule VARCHAR
);
-- Only where broken_records has rows.
INSERT INTO quarantined
SELECT entity, item_id, any_value(product_id) AS product_id, any_value(sku) AS sku, any_value(name) AS name,
       arg_min(class, class) AS class, string_agg(DISTINCT reason, '; ') AS reason, string_agg(DISTINCT rule, ' ') AS rule
FROM broken_records GROUP BY entity, item_id;
-- Only where quarantined has rows.
UPDATE plan SET state = 'quarantined', class = q.class, reason = q.reason
FROM quarantined AS q
WHERE q.entity = 'products' AND plan.level IN ('variant', 'stock') AND plan.item_id = q.item_id
  AND (plan.action = 'create' OR plan.level = 'variant' OR starts_with(plan.target_id, 'created:'));
-- Only where quarantined has rows.
UPDATE plan SET state = 'quarantined', class = q.class, reason = q.reason
FROM quarantined AS q
WHERE q.entity = 'stock' AND plan.level = 'stock' AND plan.item_id = q.item_id;
-- Only where broken_rows has rows.
UPDATE plan SET state = 'quarantined', class = b.class, reason = b.reason
FROM (SELECT item_id, min(class) AS class, string_agg(DISTINCT reason, '; ') AS reason
      FROM broken_rows WHERE level = 'product' GROUP BY item_id) AS b
WHERE plan.level IN ('product', 'images') AND plan.item_id = b.item_id AND plan.action <> 'delete';
-- A product none of whose SKUs may be created is not created either; nothing hangs on a row that left.
-- Only where plan has rows.
UPDATE plan SET state = 'quarantined', class = 'no_sku_left', reason = 'none of its SKUs can be sent'
WHERE level = 'product' AND action = 'create' AND state = 'planned'
  AND NOT EXISTS (FROM plan AS v WHERE v.level = 'variant' AND v.parent_item_id = plan.item_id AND v.state = 'planned');
-- Only where plan has rows.
UPDATE plan SET state = 'quarantined', class = parent.class, reason = parent.reason
FROM (SELECT item_id, class, reason FROM plan WHERE level = 'product' AND action = 'create' AND state = 'quarantined') AS parent
WHERE plan.state = 'planned' AND coalesce(plan.parent_item_id, plan.item_id) = parent.item_id
  AND (starts_with(plan.parent_target_id, 'created:') OR starts_with(plan.target_id, 'created:'));
-- Only where plan has rows.
UPDATE plan SET state = 'quarantined', class = first.class, reason = 'the SKU that is to be its first variant: ' || first.reason
FROM (SELECT parent_item_id, class, reason FROM plan WHERE level = 'variant' AND action = 'create' AND is_base AND state = 'quarantined') AS first
WHERE plan.state = 'planned' AND plan.parent_item_id = first.parent_item_id AND plan.level IN ('variant', 'stock')
  AND starts_with(plan.target_id, 'created:');
-- Of an order all rows leave together; a customer or product made for nobody else leaves with them; a no to offers goes by itself.
-- Only where quarantined has rows.
UPDATE plan SET state = 'quarantined', class = q.class, reason = q.reason
FROM quarantined AS q
WHERE q.entity = 'orders' AND plan.entity = 'orders' AND plan.level IN ('sale', 'stock') AND plan.item_id = q.item_id;
CREATE OR REPLACE TEMP TABLE needed_by_sales (name VARCHAR);
-- Only where plan has rows.
INSERT INTO needed_by_sales
SELECT DISTINCT unnest(list_append(from_json(document -> 'lines', '[{"item_id": "VARCHAR"}]').list_transform(lambda line: line.item_id), document ->> 'customer_id')) AS name
FROM (SELECT changes -> 'document' -> 'after' AS document FROM plan WHERE entity = 'orders' AND level = 'sale' AND action = 'create' AND state = 'planned');
-- Only where plan has rows.
UPDATE plan SET state = 'quarantined', class = 'order_set_aside', reason = 'the order it is made for is set aside'
WHERE plan.entity = 'orders' AND (plan.level = 'item' OR plan.level = 'customer' AND json_exists(plan.changes, '$.order_id')) AND plan.state = 'planned'
  AND plan.target_id NOT IN (SELECT name FROM needed_by_sales WHERE name IS NOT NULL);
-- Only where sync.quarantine has rows.
UPDATE sync.quarantine SET released_at = $now, last_run = $run_id
WHERE connection = $connection AND released_at IS NULL
  AND NOT EXISTS (FROM quarantined AS q WHERE q.entity = sync.quarantine.entity AND q.item_id = sync.quarantine.item_id)
  AND EXISTS (FROM considered AS w WHERE w.entity = sync.quarantine.entity AND w.item_id = sync.quarantine.item_id);
-- Only where quarantined has rows.
UPDATE sync.quarantine SET last_run = $run_id, class = q.class, reason = q.reason, name = q.name, sku = q.sku
FROM quarantined AS q
WHERE sync.quarantine.connection = $connection AND released_at IS NULL
  AND sync.quarantine.entity = q.entity AND sync.quarantine.item_id = q.item_id;
-- Only where quarantined has rows.
INSERT INTO sync.quarantine
SELECT $connection, q.entity, q.item_id, q.sku, q.name, q.class, q.reason, q.rule, $now, $run_id, $run_id, NULL
FROM quarantined AS q
ANTI JOIN (FROM sync.quarantine WHERE connection = $connection AND released_at IS NULL) AS known USING (entity, item_id);
