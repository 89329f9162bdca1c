-- Where the judging of one plan is gathered.
CREATE OR REPLACE TEMP TABLE broken_rows (level VARCHAR, item_id VARCHAR, class VARCHAR, reason VARCHAR, rule VARCHAR);
CREATE OR REPLACE TEMP TABLE held_classes (class VARCHAR, reason VARCHAR);
CREATE OR REPLACE TEMP TABLE considered AS
SELECT entity, item_id FROM work_set
UNION
SELECT 'products', v.variant_id FROM work_set AS w JOIN source_variants AS v ON w.entity = 'products' AND v.product_id = w.item_id;
