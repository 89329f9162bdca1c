-- Which variants of the store have a level the work set asks for. Inputs: work_set, sync.links. Bound: $connection.
SELECT DISTINCT l.to_id FROM sync.links AS l
JOIN work_set AS w ON (w.entity = 'stock' AND w.item_id = l.from_id)
WHERE l.connection = $connection AND l.level = 'variants' AND l.state = 'linked' ORDER BY l.to_id;
