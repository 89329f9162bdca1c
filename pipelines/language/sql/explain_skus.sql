-- Every SKU either side has.
SELECT DISTINCT sku
FROM (SELECT sku FROM {source_variants} UNION ALL SELECT sku FROM {target_variants})
WHERE sku IS NOT NULL
ORDER BY sku
