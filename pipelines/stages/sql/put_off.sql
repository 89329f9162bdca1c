-- What a run past its deadline did not send: planned rows without a receipt, but for those sent inside a product's creation.
-- Inputs: plan, receipts. Bound: $connection, $run_id, $now.
CREATE OR REPLACE TEMP TABLE put_off AS
SELECT p.seq, p.entity, coalesce(CASE WHEN p.level IN ('variant', 'images') THEN p.parent_item_id END, p.item_id) AS item_id
FROM plan AS p
ANTI JOIN (FROM receipts WHERE run_id = $run_id) AS r ON r.plan_seq = p.seq
LEFT JOIN (
    SELECT c.item_id FROM plan AS c SEMI JOIN (FROM receipts WHERE run_id = $run_id) AS k ON k.plan_seq = c.seq
    WHERE c.level = 'product' AND c.action = 'create'
) AS made ON made.item_id = coalesce(p.parent_item_id, p.item_id)
WHERE p.state = 'planned' AND p.phase NOT IN ('stock_decrease', 'orders')
  AND NOT (made.item_id IS NOT NULL AND p.level IN ('variant', 'images') AND starts_with(coalesce(p.parent_target_id, p.target_id), 'created:'));
UPDATE plan SET state = 'deferred', reason = 'put off: the run was past its deadline; first in the next one'
FROM put_off AS o WHERE o.seq = plan.seq;
DELETE FROM sync.retries USING put_off AS o
WHERE sync.retries.connection = $connection AND sync.retries.entity = o.entity AND sync.retries.item_id = o.item_id;
INSERT INTO sync.retries
SELECT DISTINCT $connection, entity, item_id, 'put off: the run was past its deadline', 0, $run_id, CAST($now AS TIMESTAMPTZ) FROM put_off;
