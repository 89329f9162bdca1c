-- The currency money is shown in: the store's, else the till's. Grain: one row or none.
SELECT currency, decimal_places FROM (
    SELECT 1 AS rank, currency, decimal_places FROM {target_account}
    UNION ALL
    SELECT 2, currency, decimal_places FROM {source_account})
WHERE decimal_places IS NOT NULL ORDER BY rank LIMIT 1
