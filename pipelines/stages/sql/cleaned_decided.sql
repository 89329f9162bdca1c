-- Say in what was decided that a value goes without a part of it, or not at all. Inputs: decided, cleaned. Bound: $entity.
-- Only where cleaned has rows.
UPDATE decided SET decision = CASE WHEN c.whole THEN 'withheld' ELSE 'cleaned' END, reason = c.reason
FROM cleaned AS c
WHERE c.entity = $entity AND c.field = decided.to_field AND c.item_id = decided.item_id AND decided.decision = 'synced';
