-- The levels of a SKU three ways (`reliability.md` §2.5): at the till, as last agreed, in the store, and what may be shown.
-- Of a record that was deleted in the store, or unlinked, no level of ours is there, and none is shown. Bound: $ids, $connection.
SELECT s.location, s.till_now, s.last_agreed, s.agreed_at, CASE WHEN k.from_id IS NULL THEN s.store_now END AS store_now, s.ordered, s.unexplained, s.buffer,
       s.coming_back, CASE WHEN k.from_id IS NULL THEN s.safe_level END AS safe_level, coalesce(s.why, k.reason) AS why
FROM {stock_three_way} AS s
LEFT JOIN (FROM sync.links WHERE connection = $connection AND level = 'variants' AND state IN ('broken', 'unlinked')) AS k ON k.from_id = s.item_id
WHERE list_contains(CAST($ids AS VARCHAR[]), s.item_id) ORDER BY s.location
