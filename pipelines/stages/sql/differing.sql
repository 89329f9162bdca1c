-- Which rows of one entity and side are not as agreed. A row hash covers the id: a row is as agreed when its hash is among
-- the agreed ones. Inputs: {seen} with its {key}, sync.agreed, differing. Bound: $connection, $entity, $side.
INSERT INTO differing
SELECT $entity, $side, s.{key}, false
FROM {seen} AS s
ANTI JOIN (SELECT row_hash FROM sync.agreed WHERE connection = $connection AND entity = $entity AND side = $side) AS a
    ON a.row_hash = s.row_hash;
