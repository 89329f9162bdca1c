-- Which item of the till each variant of the store is or was, and until when it was another record's. Grain: variant, moment and item.
-- until: from when on the store's id is another record's, which this link says nothing of. is_sold: the till has the item, and not only
-- its deletion is known. own, shown: the SKU of the item, and of the record the id is of now. Of a record that was made again nobody orders
-- after its successor was made, whoever has its id then.
-- Inputs: sync.sold_as, source_variants, target_variants, target_products. Bound: $connection.
CREATE OR REPLACE TEMP TABLE pairs_of_items AS
SELECT l.to_id AS variant_id, l.from_id AS item_id,
       CASE WHEN l.state = 'former' AND (l.made_at IS NULL OR p.created_at IS NULL) THEN least(o.made_at, p.created_at, n.made_at)
            WHEN p.created_at <> l.made_at THEN p.created_at END AS until,
       coalesce(any_value(v.variant_id) IS NOT NULL AND any_value(v.deleted_at) IS NULL AND bool_or(l.state <> 'tombstoned'), false) AS is_sold,
       any_value(v.sku) AS own, any_value(t.sku) AS shown
FROM sync.sold_as AS l
LEFT JOIN source_variants AS v ON v.variant_id = l.from_id
LEFT JOIN target_variants AS t ON t.variant_id = l.to_id
LEFT JOIN target_products AS p ON p.product_id = t.product_id
LEFT JOIN (SELECT to_id, min(made_at) AS made_at FROM sync.sold_as WHERE connection = $connection AND state <> 'former' GROUP BY to_id) AS o ON o.to_id = l.to_id
LEFT JOIN sync.links AS n ON n.connection = $connection AND n.level = 'variants' AND n.from_id = l.from_id AND n.to_id <> l.to_id
WHERE l.connection = $connection AND l.state IN ('linked', 'unlinked', 'tombstoned', 'broken', 'former')
GROUP BY ALL;
