-- What a person is asked of drops that nothing explains (`on_shop_drift: hold`): whether the till's level is to be written again.
-- Grain of sync.holds here: till item and store location; the level `read` is judged by no plan row. Inputs: shop_drift, source_variants, source_products.
-- Bound: $connection, $held_class, $asks: the setting, $old: drops since then may still be explained, $run_id, $now.
CREATE OR REPLACE TEMP TABLE drops_asked AS
SELECT item_id, location_id, units FROM shop_drift WHERE $asks AND state = 'open' AND since <= $old;
-- Only where sync.holds has rows.
UPDATE sync.holds SET decided_at = coalesce(decided_at, $now),
       state = CASE WHEN state = 'approved' AND NOT EXISTS (
           FROM shop_drift AS d WHERE d.state = 'open' AND d.item_id = sync.holds.item_id AND d.location_id = sync.holds.location_id
       ) THEN 'applied' ELSE 'superseded' END
WHERE connection = $connection AND class = $held_class AND state IN ('open', 'approved', 'rejected') AND (state = 'approved' AND expires_at <= $now OR NOT EXISTS (
    FROM drops_asked AS d
    WHERE d.item_id = sync.holds.item_id AND d.location_id = sync.holds.location_id AND d.units <= CAST(sync.holds.changes -> 'held_back' ->> 'before' AS DECIMAL(18, 4))
));
-- Only where drops_asked has rows.
INSERT INTO sync.holds BY NAME
SELECT substr(md5(concat_ws('|', $connection, $held_class, d.item_id, d.location_id, $run_id)), 1, 10) AS hold_id, $connection AS connection, $held_class AS class,
       [$held_class] AS classes, 'stock' AS entity, 'read' AS level, d.item_id, d.location_id, v.sku, p.name,
       'the level fell in the store by ' || rtrim(rtrim(CAST(d.units AS VARCHAR), '0'), '.') || ' and no order says why' AS reason,
       json_object('held_back', json_object('before', rtrim(rtrim(CAST(d.units AS VARCHAR), '0'), '.'), 'after', '0')) AS changes, $now AS created_at, $run_id AS run_id, 'open' AS state
FROM drops_asked AS d
JOIN source_variants AS v ON v.variant_id = d.item_id
JOIN source_products AS p ON p.product_id = v.product_id
ANTI JOIN (FROM sync.holds WHERE connection = $connection AND class = $held_class AND state IN ('open', 'approved', 'rejected')) AS h
    ON h.item_id = d.item_id AND h.location_id = d.location_id;
