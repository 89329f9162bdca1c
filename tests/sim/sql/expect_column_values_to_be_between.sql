-- Rows whose value lies outside; a missing bound bounds nothing. Bound: $min_value, $max_value.
SELECT _row FROM rows WHERE {column} < $min_value OR {column} > $max_value ORDER BY _row
