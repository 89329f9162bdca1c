-- The levels both sides agree on after this run, written or found equal, and what became of drops that no order explained.
-- Grain: till item and store location. Inputs: settled, stock_desired, variants_link, ordered_now, drift_now, sync.journaled. Bound: $seq, $run_id, $now.
DELETE FROM stock_agreed USING settled AS s WHERE s.entity = 'stock' AND s.item_id = stock_agreed.item_id;
INSERT INTO stock_agreed
SELECT d.item_id, d.location_id, d.on_hand, coalesce(o.units, 0), (SELECT coalesce(max(n), 0) FROM sync.intents), $seq, $now, $run_id
FROM stock_desired AS d
JOIN (FROM settled WHERE entity = 'stock') AS s ON s.item_id = d.item_id
JOIN (FROM variants_link WHERE state = 'linked') AS l ON l.from_id = d.item_id
LEFT JOIN ordered_now AS o ON o.item_id = d.item_id AND o.location_id = d.location_id
WHERE d.on_hand IS NOT NULL;
CREATE OR REPLACE TEMP TABLE drift_settled AS
SELECT s.item_id, n.location_id, n.units, n.held, n.since
FROM (FROM settled WHERE entity = 'stock') AS s
LEFT JOIN drift_now AS n ON n.item_id = s.item_id;
-- Where there is no level any more nothing is held back either.
UPDATE shop_drift SET state = 'gone', ended_at = $now, run_id = $run_id
FROM (FROM drift_settled WHERE location_id IS NULL) AS s WHERE shop_drift.state = 'open' AND shop_drift.item_id = s.item_id;
UPDATE shop_drift SET state = CASE WHEN s.held > 0 THEN 'open' WHEN s.units > 0 THEN 'overwritten' ELSE 'explained' END,
       units = CASE WHEN s.held > 0 THEN s.units ELSE shop_drift.units END, since = coalesce(s.since, shop_drift.since),
       ended_at = CASE WHEN s.held > 0 THEN NULL ELSE $now END, run_id = $run_id
FROM drift_settled AS s WHERE shop_drift.state = 'open' AND shop_drift.item_id = s.item_id AND shop_drift.location_id = s.location_id;
INSERT INTO shop_drift
SELECT s.item_id, s.location_id, s.units, s.since, 'open', NULL, $run_id
FROM (FROM drift_settled WHERE held > 0) AS s
ANTI JOIN (FROM shop_drift WHERE state = 'open') AS d ON d.item_id = s.item_id AND d.location_id = s.location_id;
