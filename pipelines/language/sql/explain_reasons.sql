-- What was decided last for one field, by decision and reason, with up to five SKUs of each. Bound: $field.
WITH latest AS (
    SELECT entity, item_id, location_id, field, arg_max(decision, decided_at) AS decision, arg_max(reason, decided_at) AS reason
    FROM {field_decisions}
    WHERE field = $field
    GROUP BY entity, item_id, location_id, field
)
SELECT
    d.entity,
    d.decision,
    d.reason,
    count(DISTINCT d.item_id) AS records,
    list_sort(list_distinct(list(v.sku)))[:5] AS skus
FROM latest AS d
LEFT JOIN {source_variants} AS v
    ON d.item_id = CASE WHEN d.entity IN ('products', 'images') THEN v.product_id ELSE v.variant_id END
GROUP BY d.entity, d.decision, d.reason
ORDER BY d.entity, records DESC, d.decision
