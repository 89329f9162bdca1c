-- Rows without a value.
SELECT _row FROM rows WHERE {column} IS NULL ORDER BY _row
