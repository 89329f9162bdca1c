-- Every canonical field of the connection and what happens to it, in the order of the mapping.
SELECT entity, field, to_field, syncs, sends, direction, owner, on_blank, on_create, on_update, reason, rules
FROM {field_rules}
ORDER BY list_position(['products', 'variants', 'images', 'stock', 'customers'], entity), line, field
