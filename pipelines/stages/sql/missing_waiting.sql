-- What waits for a person because a list lacked too much: whether anything does, and how many missing records a person has said
-- are gone (NULL without such a word, or where it is too old, T33). One row. Bound: $held_class, $item, $now.
SELECT count(*) > 0 AS waits,
       max(CAST(changes -> 'records' ->> 'before' AS BIGINT) - CAST(changes -> 'records' ->> 'after' AS BIGINT)) 
           FILTER (state = 'approved' AND (expires_at IS NULL OR expires_at > $now)) AS lost
FROM sync.holds WHERE class = $held_class AND item_id = $item AND state IN ('open', 'approved')
