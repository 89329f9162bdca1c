-- Which item of the till each variant of the store is or was, and until when it was another record's. Grain: variant and moment.
-- Inputs: sync.sold_as, target_variants, target_products. Bound: $connection.
CREATE OR REPLACE TEMP TABLE pairs_of_items AS
SELECT l.to_id AS variant_id, CASE WHEN p.created_at <> l.made_at THEN p.created_at END AS until, min(l.from_id) AS item_id
FROM sync.sold_as AS l
LEFT JOIN target_variants AS t ON t.variant_id = l.to_id
LEFT JOIN target_products AS p ON p.product_id = t.product_id
WHERE l.connection = $connection AND l.state IN ('linked', 'unlinked', 'tombstoned', 'broken', 'former')
GROUP BY ALL;
