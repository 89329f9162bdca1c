-- Records missing from a platform's lists that wait for another reading (`waiting`) or for a person (`held`). Grain: list.
-- Inputs: sync.absent, sync.holds. Bound: $platform, $held_class.
SELECT resource, count(*) FILTER (NOT held) AS waiting, count(*) FILTER (held) AS held
FROM (
    SELECT resource, false AS held FROM sync.absent WHERE platform = $platform
    UNION ALL
    SELECT item_id[len($platform) + 2:], true FROM sync.holds
    WHERE class = $held_class AND starts_with(item_id, $platform || '/') AND state IN ('open', 'approved')
)
GROUP BY resource
