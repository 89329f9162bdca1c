-- The levels both sides agree on after this run, written or found equal, and what became of drops that no order explained.
-- Grain: till item and store location. Inputs: settled, stock_desired, variants_link, ordered_now, drift_now, sync.journaled. Bound: $seq, $run_id, $now.
-- Only where settled has rows.
DELETE FROM stock_agreed USING settled AS s WHERE s.entity = 'stock' AND s.item_id = stock_agreed.item_id;
-- Only where settled has rows.
INSERT INTO stock_agreed
SELECT d.item_id, d.location_id, d.on_hand, coalesce(o.units, 0), (SELECT coalesce(max(n), 0) FROM sync.intents), $seq, $now, $run_id, l.to_id
FROM stock_desired AS d
JOIN (FROM settled WHERE entity = 'stock') AS s ON s.item_id = d.item_id
JOIN (FROM variants_link WHERE state = 'linked') AS l ON l.from_id = d.item_id
LEFT JOIN ordered_now AS o ON o.item_id = d.item_id AND o.location_id = d.location_id
WHERE d.on_hand IS NOT NULL;
CREATE OR REPLACE TEMP TABLE drift_settled AS
SELECT s.item_id, n.location_id, n.units, n.held, n.since, n.by_orders, n.adoption, n.held > 0 OR n.adopts AS stays
FROM (FROM settled WHERE entity = 'stock') AS s
LEFT JOIN drift_now AS n ON n.item_id = s.item_id;
-- Where there is no level any more nothing is held back either.
-- Only where shop_drift has rows.
UPDATE shop_drift SET state = 'gone', ended_at = $now, run_id = $run_id
FROM (FROM drift_settled WHERE location_id IS NULL) AS s WHERE shop_drift.state = 'open' AND shop_drift.item_id = s.item_id;
-- Only where shop_drift has rows.
UPDATE shop_drift SET state = CASE WHEN s.stays THEN 'open' WHEN s.units <> 0 OR (s.by_orders AND shop_drift.units < 0) THEN 'overwritten' ELSE 'explained' END,
       units = CASE WHEN s.stays THEN s.units ELSE shop_drift.units END, since = coalesce(s.since, shop_drift.since),
       ended_at = CASE WHEN s.stays THEN NULL ELSE $now END, run_id = $run_id, by_orders = s.by_orders, adoption = s.adoption
FROM drift_settled AS s WHERE shop_drift.state = 'open' AND shop_drift.item_id = s.item_id AND shop_drift.location_id = s.location_id;
-- Only where drift_settled has rows.
INSERT INTO shop_drift BY NAME
SELECT s.item_id, s.location_id, s.units, s.since, 'open' AS state, $run_id AS run_id, s.by_orders, s.adoption
FROM (FROM drift_settled WHERE stays) AS s
ANTI JOIN (FROM shop_drift WHERE state = 'open') AS d ON d.item_id = s.item_id AND d.location_id = s.location_id;
-- What was taken to the till in this run is told of in this run.
-- Only where shop_drift has rows.
UPDATE shop_drift SET state = 'adopted', ended_at = $now, run_id = $run_id
WHERE state = 'open' AND adoption IN (
    SELECT i.document ->> 'id' FROM (FROM sync.intents WHERE action = 'adopt' AND run_id = $run_id) AS i
    JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists')
);
