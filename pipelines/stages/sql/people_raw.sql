-- Fields that name people leave a record; its hash stays, so that the same record is not taken for a new one when it is read again.
-- Inputs: {raw}, let_go. Bound: $patch.
UPDATE {raw} SET record = json_merge_patch(record, CAST($patch AS JSON)) WHERE id IN (SELECT order_id FROM let_go);
