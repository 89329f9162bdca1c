-- How many units an item sells between two runs on the busier of its channels (`buffer: auto`, `reliability.md` §2.5.1).
-- Grain of source_rates: till item. Inputs: field_decisions, document_lines, order_items, source_parts, target_orders, sync.runs. Bound: $connection, $since, $fewest.
-- The till's sales are not read: what its level fell by from one reading to the next, less the sales recorded there for the store, stands for
-- them. A count or a transfer that lowers a level counts as sold, a delivery between two readings hides what was sold.
CREATE OR REPLACE TEMP TABLE source_rates AS
WITH runs AS (
    SELECT count(*) AS windows FROM sync.runs WHERE connection = $connection AND NOT only_plan AND started_at > $since
), fell AS (
    SELECT item_id, sum(greatest(before - after, 0)) AS units
    FROM (
        SELECT item_id, decided_at, TRY_CAST(source_value AS DECIMAL(18, 4)) AS after,
               lag(TRY_CAST(source_value AS DECIMAL(18, 4))) OVER (PARTITION BY item_id, location_id ORDER BY decided_at) AS before
        FROM field_decisions WHERE entity = 'stock' AND field = 'on_hand'
    )
    WHERE decided_at > $since GROUP BY item_id
), ours AS (
    SELECT coalesce(p.component_id, d.item_id) AS item_id, sum(d.quantity * coalesce(p.quantity, 1)) AS units
    FROM document_lines AS d
    LEFT JOIN source_parts AS p ON p.variant_id = d.item_id
    WHERE d.kind = 'sale' AND d.outcome IN ('ok', 'exists') AND d.recorded_at > $since GROUP BY ALL
), online AS (
    SELECT coalesce(p.component_id, i.item_id) AS item_id, sum(i.sold * coalesce(p.quantity, 1)) AS units
    FROM order_items AS i
    JOIN (SELECT order_id FROM target_orders WHERE timezone('UTC', ordered_at) > $since) AS o ON o.order_id = i.order_id
    LEFT JOIN source_parts AS p ON p.variant_id = i.item_id
    WHERE i.item_id IS NOT NULL GROUP BY ALL
)
SELECT item_id, CAST(greatest(coalesce(f.units, 0) - coalesce(u.units, 0), coalesce(n.units, 0)) AS DECIMAL(28, 4)) AS units, r.windows
FROM fell AS f
FULL JOIN online AS n USING (item_id)
LEFT JOIN ours AS u USING (item_id)
CROSS JOIN runs AS r
WHERE r.windows >= $fewest AND greatest(coalesce(f.units, 0) - coalesce(u.units, 0), coalesce(n.units, 0)) > 0;
-- Each item's rate as a mean that is reckoned with: the next above, the highest for what is above all.
CREATE OR REPLACE TEMP TABLE source_means AS
SELECT r.item_id, r.units, r.windows, coalesce(min(m.mean) FILTER (m.mean * r.windows >= r.units), max(m.mean)) AS mean
FROM source_rates AS r CROSS JOIN (SELECT DISTINCT mean FROM buffer_table) AS m
GROUP BY r.item_id, r.units, r.windows;
