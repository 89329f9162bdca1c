-- How many missing records of a list a person has said are gone; NULL without such a word. Bound: $held_class, $item.
SELECT max(CAST(changes -> 'records' ->> 'before' AS BIGINT) - CAST(changes -> 'records' ->> 'after' AS BIGINT)) AS lost
FROM sync.holds WHERE class = $held_class AND item_id = $item AND state = 'approved'
