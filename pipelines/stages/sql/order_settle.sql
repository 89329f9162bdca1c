-- What came of every order this run looked at; what waits and why; what the next run compares with.
-- Grain: order; without a hash where its rows went alone, stock put back, a document sent again, found or voided for certain, or where the till had another document than this, so that the next run decides the rest.
-- Inputs: orders_desired, by_hand, plan, receipts, sale_documents. Bound: $connection, $run_id, $now, $wrote.
CREATE OR REPLACE TEMP TABLE order_rows AS
SELECT p.item_id AS order_id, p.action, p.state, p.reason, p.rule, r.message, r.outcome AS came, p.level = 'stock' OR again.order_id IS NOT NULL OR p.action = 'void' AND d.becomes IS DISTINCT FROM 'voided' OR json_exists(r.created, '$.sale.found')
           OR p.action = 'find' AND (r.outcome = 'exists' OR stand.order_id IS NOT NULL)
           OR p.action = 'create' AND r.outcome = 'exists' AND (r.created -> 'sale' ->> 'state') IS DISTINCT FROM (p.changes -> 'document' -> 'after' ->> 'state') AS more,
       CASE WHEN p.state <> 'planned' THEN false WHEN r.outcome IN ('ok', 'exists') OR (r.outcome IS NULL AND NOT $wrote) THEN true ELSE false END AS ok
FROM plan AS p
LEFT JOIN (FROM receipts WHERE run_id = $run_id) AS r ON r.plan_seq = p.seq
LEFT JOIN orders_desired AS d ON d.order_id = p.item_id
LEFT JOIN (
    SELECT DISTINCT order_id FROM sale_documents
    GROUP BY order_id, document_id HAVING bool_or(run_id = $run_id) AND count(*) > 1
) AS again ON again.order_id = p.item_id
LEFT JOIN (SELECT DISTINCT order_id FROM sale_documents WHERE outcome IN ('ok', 'exists') AND voided_at IS NULL) AS stand ON stand.order_id = p.item_id
WHERE p.entity = 'orders' AND p.level IN ('sale', 'stock');
CREATE OR REPLACE TEMP TABLE orders_came AS
SELECT d.order_id, d.number, CASE WHEN r.more THEN NULL ELSE d.hash END AS hash,
       CASE WHEN d.class IS NOT NULL THEN 'out_of_scope' WHEN q.item_id IS NOT NULL THEN 'quarantined'
            WHEN r.held THEN 'held' WHEN r.refused THEN 'superseded' WHEN r.waiting OR NOT coalesce(r.ok, true) THEN 'failed'
            WHEN r.voids THEN 'deleted' WHEN (r.order_id IS NULL OR r.looks) AND d.becomes = 'voided' AND t.order_id IS NULL THEN 'out_of_scope'
            WHEN r.order_id IS NULL OR (r.looks AND NOT coalesce(r.found, false)) THEN 'unchanged' WHEN t.before > 0 OR r.pays THEN 'updated' ELSE 'created' END AS state,
       CASE d.class WHEN 'before_start' THEN 'it was placed before orders are imported from' WHEN 'not_imported' THEN 'an order that is ' || coalesce(d.status_label, d.status) || ' is not imported'
            WHEN 'deleted' THEN 'it was deleted in the store'
            WHEN 'awaiting_payment' THEN '`awaiting_payment: skip`'
            ELSE CASE WHEN q.item_id IS NOT NULL THEN q.reason WHEN r.order_id IS NOT NULL AND NOT r.ok THEN r.reason WHEN (r.order_id IS NULL OR r.looks) AND d.becomes = 'voided' AND t.order_id IS NULL THEN 'it was cancelled before it was imported' END
       END AS reason,
       coalesce(r.rule, q.rule) AS rule
FROM orders_desired AS d
LEFT JOIN (FROM sync.quarantine WHERE connection = $connection AND entity = 'orders' AND released_at IS NULL) AS q ON q.item_id = d.order_id
LEFT JOIN (
    SELECT order_id, bool_and(ok) AS ok, bool_or(more) AS more, bool_or(state = 'waiting') AS waiting, bool_or(state = 'held') AS held, bool_or(state = 'dropped') AS refused, bool_or(action = 'void') AS voids, bool_and(action = 'find') AS looks, bool_or(came = 'exists') AS found, bool_or(action IN ('pay', 'update', 'set')) AS pays,
           max(coalesce(reason, message, CASE WHEN NOT ok THEN 'it was not sent' END)) AS reason, string_agg(DISTINCT rule, ' ') AS rule
    FROM order_rows GROUP BY order_id
) AS r USING (order_id)
LEFT JOIN (
    SELECT order_id, count(*) FILTER (run_id <> $run_id) AS before FROM sale_documents WHERE outcome IN ('ok', 'exists') GROUP BY order_id
) AS t USING (order_id);
DELETE FROM sync.order_states USING orders_came AS c
WHERE $wrote AND sync.order_states.connection = $connection AND sync.order_states.order_id = c.order_id;
INSERT INTO sync.order_states
SELECT $connection, order_id, hash, state, reason, $run_id, $now FROM orders_came WHERE $wrote;
INSERT INTO end_states
SELECT $run_id, 'orders', o.order_id, NULL, NULL, 'order ' || o.number, coalesce(c.state, CASE WHEN s.state IN ('out_of_scope', 'quarantined', 'held', 'failed') THEN s.state ELSE 'unchanged' END),
       CASE WHEN c.order_id IS NOT NULL THEN c.reason WHEN s.state IN ('out_of_scope', 'quarantined', 'held', 'failed') THEN s.reason END, c.rule
FROM target_orders AS o
LEFT JOIN orders_came AS c ON c.order_id = o.order_id
LEFT JOIN (FROM sync.order_states WHERE connection = $connection) AS s ON s.order_id = o.order_id;
-- What staff did at the till with the sales of orders, as the report names it.
CREATE OR REPLACE TEMP MACRO said_by_hand(voided, edited, returned, closed) AS concat_ws(', ', CASE WHEN voided THEN 'voided by hand at the till' END,
    CASE WHEN edited THEN 'changed by hand at the till' END,
    CASE WHEN returned > 0 THEN rtrim(rtrim(CAST(CAST(returned AS DECIMAL(18, 4)) AS VARCHAR), '0'), '.') || ' returned at the till' END,
    CASE WHEN closed THEN 'closed by hand at the till' END);
DELETE FROM sales_by_hand;
INSERT INTO sales_by_hand
SELECT $connection, order_id, reference, said_by_hand(voided, edited, returned, closed) FROM by_hand;
