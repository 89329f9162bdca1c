-- What came of asking for records that a list of deletions names: $gone are not there, $there are. A record of a flow $stays, with
-- when it was deleted. Inputs: {of}, named_deleted, sync.detailed. Bound: $platform, $resource, $gone, $there, $stays, $seq, $run_id.
UPDATE {of} SET gone = NOT $stays, deleted_at = CASE WHEN $stays THEN n.deleted_at END, seq = $seq, run_id = $run_id
FROM named_deleted AS n WHERE {of}.id = n.id AND list_contains(CAST($gone AS VARCHAR[]), n.id);
INSERT INTO sync.detailed
SELECT $platform, $resource, id, row_hash FROM named_deleted WHERE list_contains(CAST($there AS VARCHAR[]), id);
