-- Links that hold and of which the journal says nothing yet: a warehouse that is lost would have to find them by their keys again, which
-- may have changed by then. Grain: link. Inputs: sync.links, sync.makings, sync.decisions. Bound: $connection,
-- $since: when it was told last; NULL: never.
SELECT l.level, l.from_id AS item_id, l.to_id AS target_id, l.match_key
FROM sync.links AS l
ANTI JOIN (
    SELECT level, from_id AS item_id, to_id AS target_id FROM sync.makings WHERE connection = $connection
    UNION ALL
    SELECT level, item_id, arg_max(target_id, n)
    FROM sync.decisions WHERE connection = $connection AND what IN ('links found', 'links approve') AND target_id IS NOT NULL
    GROUP BY level, item_id
) AS known ON known.level = l.level AND known.item_id = l.from_id AND known.target_id = l.to_id
WHERE l.connection = $connection AND l.level IN ('products', 'variants') AND l.state = 'linked' AND coalesce(l.since >= CAST($since AS TIMESTAMPTZ), true)
ORDER BY l.level, l.from_id;
