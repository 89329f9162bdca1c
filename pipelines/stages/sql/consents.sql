-- What people said in the store to being written to about offers, by who they are at the till: `consents`, and under which e-mails:
-- `consent_emails`. Grain: one statement of one person; person and e-mail. Inputs: target_orders, target_customers, sync.links, sync.consents_told, sync.sale_documents.
-- Bound: $connection. Whose statement it is follows from the account it names and from the e-mail of an order as `order_parties.py`
-- remembers it, each by itself: a person may be two customers of the till. A no holds under every e-mail its account ordered with.
CREATE OR REPLACE TEMP TABLE consent_buyers AS
SELECT order_id, customer_id AS account, lower(trim(email)) AS email, 'customer:' || left(sha256(lower(trim(email))), 24) AS key,
       CASE WHEN NOT (accepts_marketing AND deleted_at IS NOT NULL) THEN accepts_marketing END AS accepts
FROM target_orders;
CREATE OR REPLACE TEMP TABLE consent_known AS
SELECT to_id AS key, from_id AS customer FROM sync.links WHERE connection = $connection AND level = 'customers' AND state = 'linked';
CREATE OR REPLACE TEMP TABLE consents AS
WITH names AS (SELECT DISTINCT account, key FROM consent_buyers WHERE account IS NOT NULL AND key IS NOT NULL),
said AS (
    SELECT 'order:' || order_id AS said, account, key, accepts FROM consent_buyers WHERE accepts IS NOT NULL
    UNION
    SELECT 'order:' || b.order_id, b.account, n.key, false FROM consent_buyers AS b JOIN names AS n ON n.account = b.account WHERE NOT b.accepts
    UNION
    SELECT 'account:' || c.customer_id, c.customer_id, n.key, c.accepts_marketing
    FROM target_customers AS c LEFT JOIN names AS n ON n.account = c.customer_id
    WHERE c.accepts_marketing IS NOT NULL AND NOT (c.accepts_marketing AND c.deleted_at IS NOT NULL)
),
whose AS (
    SELECT k.customer, s.said, s.accepts FROM said AS s JOIN consent_known AS k ON k.key = 'account:' || s.account
    UNION
    SELECT coalesce(k.customer, 'created:' || s.key), s.said, s.accepts FROM said AS s LEFT JOIN consent_known AS k ON k.key = s.key WHERE s.key IS NOT NULL
)
SELECT w.customer, w.said, w.accepts, t.said IS NOT NULL AS told
FROM whose AS w LEFT JOIN (FROM sync.consents_told WHERE connection = $connection) AS t ON t.customer_id = w.customer AND t.said = w.said;
CREATE OR REPLACE TEMP TABLE consent_emails AS
SELECT k.customer, b.email FROM consent_buyers AS b JOIN consent_known AS k ON k.key = 'account:' || b.account WHERE b.email IS NOT NULL
UNION
SELECT k.customer, b.email FROM consent_buyers AS b JOIN consent_known AS k ON k.key = b.key
UNION
-- Whose orders are recorded and whom nobody is known to be at the till: their customer may be there all the same.
SELECT 'created:' || b.key, b.email
FROM consent_buyers AS b JOIN sync.sale_documents AS d ON d.connection = $connection AND d.order_id = b.order_id AND d.outcome IN ('ok', 'exists')
WHERE b.key NOT IN (SELECT key FROM consent_known);
-- A no that was taken back is told again should it be given again.
DELETE FROM sync.consents_told AS t
WHERE t.connection = $connection AND EXISTS (FROM consents AS c WHERE c.customer = t.customer_id AND c.said = t.said AND c.accepts);
