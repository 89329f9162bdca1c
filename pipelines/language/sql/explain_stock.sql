-- The levels of a SKU three ways (`reliability.md` §2.5): at the till, as last agreed, in the store, and what may be shown. Bound: $ids.
SELECT location, till_now, last_agreed, agreed_at, store_now, ordered, unexplained, buffer, coming_back, safe_level, why
FROM {stock_three_way} WHERE list_contains(CAST($ids AS VARCHAR[]), item_id) ORDER BY location
