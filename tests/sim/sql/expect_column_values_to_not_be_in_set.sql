-- Rows whose value is one of these. Bound: $value_set.
SELECT _row FROM rows WHERE list_contains($value_set, {column}) ORDER BY _row
