-- Which record a link is of: the moment the store created it, of a variant that of its product. It stands as long as the link does.
-- Grain of unmarked: link. Inputs: source_variants, target_products, target_variants, {raw}: the store's products, sync.reads, sync.links,
-- sync.intents, sync.ended. Bound: $connection, $target, $run_id.
-- Of what tillsync created, a record read before says nothing: it is another one, whose id the store gave out again. (A link of this
-- run is of before its reading, for nothing was sent yet.) So is one that does not carry what its creation did: the link is then of no
-- record there is (the year 1970); or that was created at another moment than the store said when it answered. A broken link is
-- marked too: a record that is there again may be the next one's.
CREATE OR REPLACE TEMP TABLE unmarked AS
SELECT l.level, l.from_id, l.to_id, coalesce(v.product_id, l.to_id) AS product_id, l.match_key IS NOT DISTINCT FROM 'created' AS is_ours, l.since, l.run_id
FROM sync.links AS l
LEFT JOIN target_variants AS v ON v.variant_id = CASE WHEN l.level = 'variants' THEN l.to_id END
WHERE l.connection = $connection AND l.level IN ('products', 'variants') AND l.state IN ('linked', 'broken') AND l.made_at IS NULL
  AND (l.level = 'products' OR v.product_id IS NOT NULL);
CREATE OR REPLACE TEMP TABLE answered_makings AS
SELECT e.target_id AS product_id, i.item_id, CAST(arg_max(TRY_CAST(e.created -> 'made' ->> 'at' AS TIMESTAMPTZ), i.n) AT TIME ZONE 'UTC' AS TIMESTAMP) AS answered
FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
SEMI JOIN unmarked AS u ON u.is_ours AND u.from_id = i.item_id
WHERE i.connection = $connection AND i.level = 'product' AND i.action = 'create'
GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE marked AS
SELECT u.level, u.from_id, u.to_id, u.product_id,
       CASE WHEN u.level = 'products' AND u.is_ours AND p.made_for <> u.from_id THEN TIMESTAMP '1970-01-01 00:00:00'
            WHEN u.level = 'products' AND u.is_ours AND abs(date_diff('second', a.answered, p.created_at)) > 10 THEN a.answered
            ELSE p.created_at END AS made_at
FROM unmarked AS u
JOIN target_products AS p ON p.product_id = u.product_id
LEFT JOIN answered_makings AS a ON a.product_id = u.product_id AND a.item_id = u.from_id
LEFT JOIN {raw} AS r ON r.id = u.product_id
LEFT JOIN (SELECT run_id, max(recorded_at) AS recorded_at FROM sync.reads WHERE platform = $target AND resource = 'products' GROUP BY run_id) AS seen
    ON seen.run_id = r.run_id
WHERE p.created_at IS NOT NULL AND (NOT u.is_ours OR seen.recorded_at > u.since OR (u.run_id = $run_id AND r.run_id = $run_id));
UPDATE sync.links SET made_at = m.made_at
FROM marked AS m
WHERE sync.links.connection = $connection AND sync.links.level = m.level AND m.level = 'products' AND sync.links.from_id = m.from_id
  AND sync.links.to_id = m.to_id AND sync.links.state IN ('linked', 'broken');
UPDATE sync.links SET made_at = m.made_at
FROM (
    SELECT m.from_id, m.to_id, coalesce(p.made_at, m.made_at) AS made_at
    FROM marked AS m
    LEFT JOIN source_variants AS v ON v.variant_id = m.from_id
    LEFT JOIN (FROM sync.links WHERE connection = $connection AND level = 'products' AND state IN ('linked', 'broken')) AS p
        ON p.from_id = v.product_id AND p.to_id = m.product_id
    WHERE m.level = 'variants'
) AS m
WHERE sync.links.connection = $connection AND sync.links.level = 'variants' AND sync.links.from_id = m.from_id
  AND sync.links.to_id = m.to_id AND sync.links.state IN ('linked', 'broken');
