-- What was agreed of one entity and side and is not there any more; it goes by the till's id.
-- Inputs: {seen}, sync.agreed, differing. Bound: $connection, $entity, $side.
INSERT INTO differing
SELECT $entity, $side, a.item_id, true
FROM sync.agreed AS a
ANTI JOIN {seen} AS s ON s.row_hash = a.row_hash
WHERE a.connection = $connection AND a.entity = $entity AND a.side = $side;
