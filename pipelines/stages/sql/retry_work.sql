-- Only what failed or was set aside is considered, of these SKUs where any are named. Inputs: work_set, sync.*, source_variants.
-- Bound: $connection, $skus.
DELETE FROM parts_due;
CREATE OR REPLACE TEMP TABLE tried AS
SELECT entity, item_id FROM sync.retries WHERE connection = $connection
UNION
SELECT q.entity, CASE WHEN q.entity = 'stock' THEN q.item_id ELSE coalesce(v.product_id, q.item_id) END
FROM sync.quarantine AS q LEFT JOIN source_variants AS v ON v.variant_id = q.item_id
WHERE q.connection = $connection AND q.released_at IS NULL;
CREATE OR REPLACE TABLE work_set AS
SELECT w.entity, w.item_id, w.reason, true AS whole
FROM work_set AS w
SEMI JOIN tried AS t ON t.entity = w.entity AND t.item_id = w.item_id
WHERE len(CAST($skus AS VARCHAR[])) = 0
   OR w.item_id IN (SELECT unnest([product_id, variant_id]) FROM source_variants WHERE list_contains(CAST($skus AS VARCHAR[]), sku));
