-- The same of the records of a list within a record. Inputs: {raw}, let_go. Bound: $inside: the list, $path: its records, $patch.
UPDATE {raw}
SET record = json_merge_patch(record, json_object($inside, list_transform(json_extract(record, $path), lambda one: json_merge_patch(one, CAST($patch AS JSON)))))
WHERE id IN (SELECT order_id FROM let_go) AND json_exists(record, '$.' || $inside);
