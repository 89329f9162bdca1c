-- Rows by which a level that a person set in the store is taken to the till, as one signed change of its level there (`on_shop_drift: adopt`).
-- Grain: level, by its id. A row whose outcome is not known is sent again under the same id, once it can no longer arrive (I-18).
-- Inputs: drift_now, adoptions, source_stock, source_outlets, source_variants, source_products, plan. Bound: $ripe: what was planned until then can no
-- longer arrive.
INSERT INTO plan BY NAME
SELECT CAST(row_number() OVER (ORDER BY t.item_id, t.location_id, t.id) + (SELECT coalesce(max(seq), 0) FROM plan) AS INTEGER) AS seq,
       'orders' AS phase, 'stock' AS entity, 'stock' AS level, 'adopt' AS action, t.item_id, v.sku, p.name, t.item_id AS target_id, t.outlet AS parent_target_id,
       t.location_id, false AS is_base,
       json_object('on_hand', json_object('before', k.on_hand, 'after', k.on_hand + t.units), 'units', json_object('before', NULL, 'after', t.units),
                   'adoption', json_object('before', NULL, 'after', t.id)) AS changes,
       CASE WHEN t.planned_at > $ripe THEN 'waiting' ELSE 'planned' END AS state,
       CASE WHEN t.planned_at > $ripe THEN 'unknown_adoption' END AS class,
       CASE WHEN t.planned_at > $ripe THEN 'whether the level reached the till is not known yet; a later run looks again' END AS reason
FROM (
    SELECT id, item_id, location_id, outlet, units, planned_at FROM adoptions WHERE outcome = 'unknown'
    UNION ALL
    SELECT n.adoption, n.item_id, n.location_id, o.outlet, -n.units, NULL
    FROM (FROM drift_now WHERE due) AS n
    JOIN (SELECT to_location_id, min(location_id) AS outlet FROM source_outlets GROUP BY to_location_id) AS o ON o.to_location_id = n.location_id
    WHERE n.adoption NOT IN (SELECT id FROM adoptions WHERE outcome <> 'not_sent')
) AS t
JOIN source_variants AS v ON v.variant_id = t.item_id
JOIN source_products AS p ON p.product_id = v.product_id
JOIN source_stock AS k ON k.variant_id = t.item_id AND k.location_id = t.outlet
WHERE v.deleted_at IS NULL AND k.on_hand IS NOT NULL;
