-- Of records that did not come, those that are not there because we deleted them, or the product they belong to. One row.
-- Inputs: sync.intents, sync.ended, sync.links, {variants}: the canonical variants, which forget those of a product that is known to be gone.
-- Bound: $platform, $absent.
WITH deleted AS (
    SELECT i.level, i.target_id
    FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
    WHERE i.action = 'delete' AND i.level IN ('product', 'variant') AND split_part(i.connection, '__', 2) = $platform
)
SELECT count(*) AS records
FROM (SELECT unnest(CAST($absent AS VARCHAR[])) AS id)
WHERE id IN (SELECT target_id FROM deleted)
   OR id IN (SELECT to_id FROM sync.links WHERE level = 'variants' AND state = 'tombstoned' AND split_part(connection, '__', 2) = $platform)
   OR id IN (SELECT variant_id FROM {variants} WHERE product_id IN (SELECT target_id FROM deleted WHERE level = 'product'))
