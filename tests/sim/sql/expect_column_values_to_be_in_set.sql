-- Rows whose value is none of these. Bound: $value_set.
SELECT _row FROM rows WHERE NOT list_contains($value_set, {column}) ORDER BY _row
