-- The tables of a read that need nothing more: what has landed, and the raw tables of this version. Bound: $landing, $raw.
SELECT table_name AS name FROM duckdb_tables() WHERE schema_name = $landing
UNION ALL
SELECT table_name FROM duckdb_columns() WHERE schema_name = $raw AND column_name = 'defect';
