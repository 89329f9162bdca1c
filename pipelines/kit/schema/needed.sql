-- The journal's entries without which a lost warehouse could not be made again: creations that stand, the last word on a
-- product's images, deletions, what was hidden or shown, whatever orders did, what is unknown, which records were
-- found to be one, and decisions that are in force. Grain: entry. Inputs: sync.intents, sync.outcomes, sync.ended, sync.unknown.
WITH made AS (
    SELECT max(i.n) AS intent
    FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
    WHERE i.action IN ('create', 'delete', 'hide', 'publish') AND i.level IN ('product', 'variant')
    GROUP BY i.connection, i.level, i.item_id, i.action
), pictured AS (
    SELECT max(i.n) AS intent
    FROM sync.intents AS i JOIN sync.ended AS e ON e.intent = i.n AND e.images IS NOT NULL
    GROUP BY i.connection, coalesce(i.parent_item_id, i.item_id)
), kept AS (
    SELECT intent FROM made UNION SELECT intent FROM pictured UNION SELECT n FROM sync.unknown
    UNION SELECT n FROM sync.intents WHERE entity = 'orders'
)
SELECT intent AS n FROM kept
UNION
SELECT max(o.n) FROM sync.outcomes AS o JOIN kept USING (intent) GROUP BY o.intent
UNION
SELECT max(d.n)
FROM sync.decisions AS d JOIN sync.holds AS h ON h.connection = d.connection AND h.hold_id = d.hold_id
WHERE h.state IN ('approved', 'rejected') OR h.state = 'open' AND h.class = 'undone'
GROUP BY d.connection, d.hold_id
UNION
SELECT max(n) FROM sync.decisions WHERE what IN ('links approve', 'links unlink') GROUP BY connection, level, item_id
UNION
SELECT max(n) FROM sync.decisions WHERE what = 'links found' GROUP BY connection, level, item_id
UNION
SELECT max(n) FROM sync.decisions WHERE what = 'people forget' GROUP BY connection, item_id
UNION
SELECT max(n) FROM sync.decisions WHERE what = 'links unpublish' GROUP BY connection, item_id;
