-- The levels both sides agree on after this run: written, or found equal. Grain: till item and store location.
-- Inputs: settled, stock_desired, variants_link. Bound: $seq, $run_id, $now.
CREATE TABLE IF NOT EXISTS stock_agreed (item_id VARCHAR, location_id VARCHAR, level DECIMAL(18, 4), seq BIGINT, agreed_at TIMESTAMPTZ, run_id VARCHAR);
DELETE FROM stock_agreed USING settled AS s WHERE s.entity = 'stock' AND s.item_id = stock_agreed.item_id;
INSERT INTO stock_agreed
SELECT d.item_id, d.location_id, d.on_hand, $seq, $now, $run_id
FROM stock_desired AS d
JOIN (FROM settled WHERE entity = 'stock') AS s ON s.item_id = d.item_id
JOIN (FROM variants_link WHERE state = 'linked') AS l ON l.from_id = d.item_id
WHERE d.on_hand IS NOT NULL;
