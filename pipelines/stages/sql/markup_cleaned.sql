-- Put what is left of judged texts in their place. Inputs: judged (item_id, text, reason). Bound: $entity, $field, $blank.
-- Where nothing is left the field is blank: it keeps or empties the store's like any other ($blank: NULL or '').
INSERT INTO cleaned SELECT $entity, $field, item_id, nullif(text, ''), coalesce(text, '') = '', reason FROM judged;
UPDATE {desired} AS d SET {column} = coalesce(c.text, CAST($blank AS VARCHAR))
FROM cleaned AS c WHERE c.entity = $entity AND c.field = $field AND c.item_id = d.item_id;
