-- What staff did at the till with sales that were recorded for orders: voided, closed, changed, or returned in part.
-- Grain of by_hand: recorded sale; of out_by_hand: line of its document whose units the till does not have any more (`what` became of them).
-- Inputs: source_sales, sale_documents, sync.intents. Bound: $connection, $seq: the run's; what is seen in it first may be later than its levels.
CREATE OR REPLACE TEMP TABLE recorded_sales AS
SELECT d.order_id, d.intent, d.sale_id, d.reference, d.kind, d.state, d.document, s.state AS state_now, s.lines, s.seq
FROM (FROM sale_documents WHERE outcome IN ('ok', 'exists') AND voided_at IS NULL) AS d
JOIN (FROM source_sales WHERE return_of IS NULL) AS s ON s.sale_id = d.sale_id;
CREATE OR REPLACE TEMP TABLE recorded_units AS
SELECT intent, line ->> 'key' AS line_id, line ->> 'item_id' AS item_id, CAST(line ->> 'quantity' AS DECIMAL(18, 4)) AS units
FROM (SELECT intent, unnest(json_extract(document, '$.lines[*]')) AS line FROM recorded_sales);
CREATE OR REPLACE TEMP TABLE units_by_hand AS
SELECT r.intent, 'returned' AS what, b.line.item_id AS item_id, CAST(sum(-b.line.quantity) AS DECIMAL(18, 4)) AS units
FROM (SELECT return_of, unnest(lines) AS line FROM source_sales WHERE return_of IS NOT NULL AND state = 'closed') AS b
JOIN (FROM recorded_sales WHERE state_now <> 'voided') AS r ON r.sale_id = b.return_of
GROUP BY ALL HAVING sum(-b.line.quantity) > 0
UNION ALL
SELECT r.intent, 'edited', w.item_id, CAST(w.units - coalesce(n.units, 0) AS DECIMAL(18, 4))
FROM (FROM recorded_sales WHERE state_now <> 'voided' AND lines IS NOT NULL) AS r
JOIN (SELECT intent, item_id, sum(units) AS units FROM recorded_units GROUP BY ALL) AS w ON w.intent = r.intent
LEFT JOIN (
    SELECT intent, line.item_id AS item_id, sum(CASE WHEN kind = 'return' THEN -line.quantity ELSE line.quantity END) AS units
    FROM (SELECT intent, kind, unnest(lines) AS line FROM recorded_sales) GROUP BY ALL
) AS n ON n.intent = w.intent AND n.item_id = w.item_id
WHERE w.units > coalesce(n.units, 0);
CREATE OR REPLACE TEMP TABLE out_by_hand AS
SELECT u.intent, 'voided' AS what, u.line_id, u.item_id, u.units
FROM recorded_units AS u
JOIN (FROM recorded_sales WHERE state_now = 'voided' AND kind = 'sale') AS r ON r.intent = u.intent
WHERE r.sale_id NOT IN (SELECT target_id FROM sync.intents WHERE connection = $connection AND level = 'sale' AND action = 'void')
UNION ALL
SELECT intent, what, line_id, item_id, units
FROM (
    SELECT u.intent, b.what, u.line_id, u.item_id,
           CAST(greatest(least(u.units, b.units - coalesce(sum(u.units) OVER (PARTITION BY u.intent, b.what, u.item_id ORDER BY u.line_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)), 0) AS DECIMAL(18, 4)) AS units
    FROM recorded_units AS u
    JOIN units_by_hand AS b ON b.intent = u.intent AND b.item_id = u.item_id
)
WHERE units > 0;
CREATE OR REPLACE TEMP TABLE by_hand AS
SELECT r.order_id, r.intent, r.sale_id, r.reference, coalesce(o.voided, false) AS voided, coalesce(o.edited, false) AS edited, coalesce(o.returned, 0) AS returned,
       r.state IN ('parked', 'pending') AND r.state_now = 'closed' AND r.seq < $seq AS closed
FROM recorded_sales AS r
LEFT JOIN (
    SELECT intent, bool_or(what = 'voided') AS voided, bool_or(what = 'edited') AS edited, sum(units) FILTER (what = 'returned') AS returned
    FROM out_by_hand GROUP BY intent
) AS o ON o.intent = r.intent
WHERE o.intent IS NOT NULL OR (r.state IN ('parked', 'pending') AND r.state_now = 'closed' AND r.seq < $seq);
