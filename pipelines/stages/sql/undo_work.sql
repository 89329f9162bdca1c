-- A run is taken back: what it wrote, and nothing else, is considered. Inputs: receipts, source_variants. Bound: $undo.
DELETE FROM parts_due;
CREATE OR REPLACE TABLE work_set AS
SELECT DISTINCT r.entity, CASE WHEN r.entity = 'stock' THEN r.item_id ELSE coalesce(v.product_id, r.item_id) END AS item_id,
       'a run is taken back' AS reason, true AS whole
FROM receipts AS r
LEFT JOIN source_variants AS v ON v.variant_id = CASE WHEN r.level IN ('variant', 'stock') THEN r.item_id END
WHERE r.run_id = $undo AND r.entity <> 'orders';
