-- How many SKUs of the till this run left out for want of a match in the store, theirs or their product's. One row.
-- Inputs: end_states, variants_link, products_link. Bound: $run_id.
SELECT count(*) AS unlinked
FROM end_states AS e
JOIN variants_link AS v ON v.from_id = e.item_id AND v.state = 'none'
JOIN products_link AS p ON p.from_id = v.product_id AND p.state NOT IN ('unlinked', 'broken')
WHERE e.run_id = $run_id AND e.entity = 'products' AND e.state = 'out_of_scope';
