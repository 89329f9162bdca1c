-- What we deleted and a later reading still shows, though the store answered that it was done (F23): it is linked again, so it is
-- deleted again (S000-58). Only until a reading proved it gone; an id that by now has another SKU, or is another's, is left alone.
-- Of a run that died after a product's deletion the journal tells the product's alone: its variants are linked still.
-- Inputs: work_set, sync.links, sync.unproven, source_variants, target_variants. Bound: $connection, $run_id, $now, $began.
CREATE OR REPLACE TEMP TABLE still_there AS
SELECT v.variant_id, v.product_id, l.to_id, t.product_id AS to_product_id
FROM sync.links AS l
JOIN source_variants AS v ON v.variant_id = l.from_id AND v.deleted_at IS NOT NULL
SEMI JOIN (FROM work_set WHERE entity = 'products') AS w ON w.item_id = v.product_id
SEMI JOIN (FROM sync.unproven WHERE connection = $connection AND entity = 'products' AND since <= $began) AS u ON u.item_id = v.product_id
JOIN target_variants AS t ON t.variant_id = l.to_id AND nfc_normalize(trim(t.sku)) IS NOT DISTINCT FROM nfc_normalize(trim(v.sku))
ANTI JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state IN ('linked', 'unlinked')) AS o
    ON o.to_id = l.to_id AND o.from_id <> l.from_id
LEFT JOIN sync.links AS p ON p.connection = $connection AND p.level = 'products' AND p.from_id = v.product_id
WHERE l.connection = $connection AND l.level = 'variants' AND (l.state = 'tombstoned' OR l.state = 'linked' AND p.state = 'tombstoned');
-- Only where still_there has rows.
UPDATE sync.links SET state = 'linked', reason = NULL, since = $now, run_id = $run_id
FROM still_there AS s
WHERE sync.links.connection = $connection AND sync.links.level = 'variants' AND sync.links.from_id = s.variant_id;
-- Only where still_there has rows.
UPDATE sync.links SET state = 'linked', reason = NULL, since = $now, run_id = $run_id
FROM still_there AS s
WHERE sync.links.connection = $connection AND sync.links.level = 'products' AND sync.links.from_id = s.product_id
  AND sync.links.to_id = s.to_product_id AND sync.links.state = 'tombstoned';
