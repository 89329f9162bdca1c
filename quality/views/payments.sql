-- One row: the store, and whether it says that no way to pay is switched on. Nothing is known of one that does not say.
SELECT 'store' AS item_id, NULL::VARCHAR AS sku, coalesce(name, 'the store') AS name, NOT coalesce(takes_payments, true) AS takes_none
FROM target_account
