-- What a bundle's level follows from: its parts, how many it takes, what is safe to show of each, and for how many bundles that does. Bound: $ids.
-- Fewest first: the first one limits. A part that is not counted at the till limits nothing.
SELECT p.part_id, p.sku, p.quantity, p.counted, p.level AS safe_level, CAST(p.makes AS DECIMAL(38, 0)) AS makes,
       CASE WHEN NOT p.counted THEN 'not counted at the till' WHEN p.level IS NULL THEN 'its level is not known' WHEN p.makes = min(p.makes) OVER (PARTITION BY p.item_id, p.location_id) THEN 'limits' ELSE '' END AS part
FROM {stock_parts} AS p WHERE list_contains(CAST($ids AS VARCHAR[]), p.item_id) ORDER BY p.makes NULLS LAST, p.sku
