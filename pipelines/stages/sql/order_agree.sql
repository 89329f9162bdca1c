-- What the levels of this run stood on: units held back. Inputs: reserved, settled. Bound: $connection, $run_id.
DELETE FROM sync.committed USING settled AS s
WHERE sync.committed.connection = $connection AND s.entity = 'stock' AND s.item_id = sync.committed.item_id;
INSERT INTO sync.committed
SELECT $connection, r.item_id, r.units, $run_id FROM reserved AS r JOIN settled AS s ON s.entity = 'stock' AND s.item_id = r.item_id WHERE r.units > 0;
