-- Where the judging of one plan is gathered, and how its views write money: minor units in the currency's places, exactly.
CREATE OR REPLACE TEMP MACRO minor_digits(minor, places) AS
    lpad(CAST(CAST(abs(minor) AS DECIMAL(18, 0)) AS VARCHAR), CAST(greatest(length(CAST(CAST(abs(minor) AS DECIMAL(18, 0)) AS VARCHAR)), places + 1) AS INTEGER), '0');
CREATE OR REPLACE TEMP MACRO money_text(minor, places, currency) AS
    CASE WHEN minor < 0 THEN '-' ELSE '' END
    || CASE WHEN places > 0 THEN left(minor_digits(minor, places), -places) || '.' || right(minor_digits(minor, places), places) ELSE minor_digits(minor, places) END
    || ' ' || currency;
CREATE OR REPLACE TEMP TABLE broken_rows (level VARCHAR, item_id VARCHAR, class VARCHAR, reason VARCHAR, rule VARCHAR);
CREATE OR REPLACE TEMP TABLE held_classes (class VARCHAR, reason VARCHAR);
CREATE OR REPLACE TEMP TABLE considered AS
SELECT entity, item_id FROM work_set
UNION ALL
SELECT 'orders', order_id FROM orders_desired
UNION
SELECT 'products', v.variant_id FROM work_set AS w JOIN source_variants AS v ON w.entity = 'products' AND v.product_id = w.item_id;
-- Records and fields of which something was ever taken out.
CREATE OR REPLACE TEMP TABLE ever_cleaned AS
SELECT DISTINCT d.entity, d.field, d.item_id
FROM (FROM field_decisions WHERE decision IN ('cleaned', 'withheld')) AS d
JOIN field_rules AS r ON r.entity = d.entity AND r.field = d.field AND r.syncs;
