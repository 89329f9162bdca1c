-- One row per order of this run that is to be at the till. Only what becomes a sale must have lines and tie: `off_*` is by how many
-- minor units a sum is further from the order's figure than rounding of every line and unit explains (I-4).
SELECT d.order_id AS item_id, CAST(NULL AS VARCHAR) AS sku, 'order ' || d.number AS name,
       CAST(d.defects AS BIGINT) AS defects, d.defect_text, d.status_known,
       concat(d.status, ' (' || d.status_label || ')') AS status_text,
       d.currency, coalesce(d.till_currency, 'no currency') AS till_currency, d.currency IS DISTINCT FROM d.till_currency AS other_currency,
       CASE WHEN d.becomes = 'closed' THEN CAST(d.lines AS BIGINT) END AS lines,
       CASE WHEN d.becomes = 'closed' THEN CAST(ceil(greatest(abs(d.rounding) - d.allowed, 0)) AS BIGINT) END AS off_total,
       CASE WHEN d.becomes = 'closed' THEN CAST(ceil(greatest(abs(d.rounding_tax) - d.allowed, 0)) AS BIGINT) END AS off_tax,
       money_text(d.total - d.rounding, a.places, d.currency) AS lines_text, money_text(d.total_tax - d.rounding_tax, a.places, d.currency) AS lines_tax_text,
       money_text(d.total, a.places, d.currency) AS total_text, money_text(d.total_tax, a.places, d.currency) AS total_tax_text
FROM orders_desired AS d
CROSS JOIN (SELECT any_value(decimal_places) AS places FROM target_account) AS a
WHERE d.class IS NULL
ORDER BY d.order_id
