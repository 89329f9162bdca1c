-- What people said in the store to being written to about offers, by who they are at the till: `consents`. Grain: one statement
-- of one person. Inputs: target_orders, target_customers, sync.links, sync.consents_told. Bound: $connection.
-- Whose statement it is follows from the account it names, and from the e-mail of an order as `order_parties.py` remembers it.
CREATE OR REPLACE TEMP TABLE consents AS
WITH buyers AS (
    SELECT order_id, customer_id AS account, 'customer:' || left(sha256(lower(trim(email))), 24) AS key, accepts_marketing AS accepts
    FROM target_orders
),
said AS (
    SELECT 'order:' || order_id AS said, account, key, accepts FROM buyers WHERE accepts IS NOT NULL
    UNION
    SELECT 'account:' || c.customer_id, c.customer_id, b.key, c.accepts_marketing
    FROM target_customers AS c LEFT JOIN buyers AS b ON b.account = c.customer_id
    WHERE c.accepts_marketing IS NOT NULL AND NOT (c.accepts_marketing AND c.deleted_at IS NOT NULL)
),
known AS (
    SELECT to_id AS key, from_id AS customer FROM sync.links WHERE connection = $connection AND level = 'customers' AND state = 'linked'
)
SELECT DISTINCT coalesce(a.customer, e.customer, 'created:' || s.key) AS customer, s.said, s.accepts, t.said IS NOT NULL AS told
FROM said AS s
LEFT JOIN known AS a ON a.key = 'account:' || s.account
LEFT JOIN known AS e ON e.key = s.key
LEFT JOIN (FROM sync.consents_told WHERE connection = $connection) AS t ON t.customer_id = coalesce(a.customer, e.customer) AND t.said = s.said
WHERE coalesce(a.customer, e.customer, s.key) IS NOT NULL;
-- A no that was taken back is told again should it be given again.
DELETE FROM sync.consents_told AS t
WHERE t.connection = $connection AND EXISTS (FROM consents AS c WHERE c.customer = t.customer_id AND c.said = t.said AND c.accepts);
