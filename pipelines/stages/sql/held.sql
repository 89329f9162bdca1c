-- What the decisions of this moment say of the plan: waiting rows are held, refused ones dropped, approved ones carry their hold.
-- Inputs: plan, met, sync.holds. Bound: $connection.
-- Only where met has rows.
UPDATE plan SET state = CASE h.state WHEN 'rejected' THEN 'dropped' WHEN 'open' THEN 'held' ELSE plan.state END,
       class = CASE WHEN h.state <> 'approved' THEN h.class END,
       reason = CASE h.state WHEN 'rejected' THEN 'rejected: ' || coalesce(h.note, h.reason) WHEN 'open' THEN h.reason END,
       hold_id = h.hold_id
FROM met AS m
JOIN (FROM sync.holds WHERE connection = $connection AND state IN ('open', 'approved', 'rejected')) AS h ON h.hold_id = m.hold_id
WHERE plan.seq = m.seq AND plan.state = 'planned';
-- A stock level or image of a product that is not created yet waits with it.
-- Only where plan has rows.
UPDATE plan SET state = parent.state, class = parent.class, reason = parent.reason
FROM (SELECT item_id, state, class, reason FROM plan WHERE level = 'product' AND action = 'create' AND state IN ('held', 'dropped')) AS parent
WHERE plan.state = 'planned' AND coalesce(plan.parent_item_id, plan.item_id) = parent.item_id
  AND (starts_with(plan.parent_target_id, 'created:') OR starts_with(plan.target_id, 'created:'));
-- Customers and products that only waiting or refused sales need wait with them.
CREATE OR REPLACE TEMP TABLE needed_parties (item_id VARCHAR);
-- Only where plan has rows.
INSERT INTO needed_parties
SELECT DISTINCT unnest(regexp_extract_all(CAST(changes AS VARCHAR), '"created:([^"]+)"', 1)) AS item_id
FROM plan WHERE entity = 'orders' AND level = 'sale' AND state = 'planned';
-- Only where plan has rows.
UPDATE plan SET state = 'held', class = 'history', reason = 'only orders that wait need it'
WHERE entity = 'orders' AND (level = 'item' OR level = 'customer' AND json_exists(changes, '$.order_id')) AND state = 'planned'
  AND item_id NOT IN (FROM needed_parties)
  AND EXISTS (FROM plan AS p WHERE p.entity = 'orders' AND p.level = 'sale' AND p.state IN ('held', 'dropped'));
-- New variants of a product without options wait with the SKU that is to be its first variant, and so do their levels.
-- Only where plan has rows.
UPDATE plan SET state = first.state, class = first.class, reason = first.reason
FROM (SELECT parent_item_id, state, class, reason FROM plan WHERE level = 'variant' AND action = 'create' AND is_base AND state IN ('held', 'dropped')) AS first
WHERE plan.state = 'planned' AND plan.parent_item_id = first.parent_item_id AND plan.level IN ('variant', 'stock')
  AND starts_with(plan.target_id, 'created:');
