-- Arithmetic that DuckDB has only for floating point.
CREATE OR REPLACE TEMP MACRO round_half_even(x) AS
    floor(x) + CASE WHEN x - floor(x) > 0.5 THEN 1 WHEN x - floor(x) = 0.5 AND floor(x) % 2 <> 0 THEN 1 ELSE 0 END;
