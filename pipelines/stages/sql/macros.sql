-- Arithmetic that DuckDB has only for floating point. Wider than a price, so that rounding the largest one does not fail.
CREATE OR REPLACE TEMP MACRO wide(x) AS CAST(x AS DECIMAL(28, 4));
CREATE OR REPLACE TEMP MACRO round_half_even(x) AS
    floor(wide(x)) + CASE WHEN wide(x) - floor(wide(x)) > 0.5 THEN 1
        WHEN wide(x) - floor(wide(x)) = 0.5 AND floor(wide(x)) % 2 <> 0 THEN 1 ELSE 0 END;
