-- The same of a field that holds one address; it is taken out of {desired}. Bound: $entity, $field.
INSERT INTO cleaned
SELECT $entity, $field, item_id, NULL, true, 'not sent: ' || picture_refusal({column})
FROM {desired}
WHERE picture_refusal({column}) IS NOT NULL;
UPDATE {desired} SET {column} = NULL WHERE picture_refusal({column}) IS NOT NULL;
