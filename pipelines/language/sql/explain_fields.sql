-- Every canonical field of one pair of records, both values, what was decided and why. One row per entity and field.
-- Bound: $from_id, $from_product_id, $to_id, $to_product_id (NULL where a side has no record), $linked.
-- A linked record that was written and not read since is shown as it was written (seen: written).
WITH till AS (
    SELECT 'products' AS entity, to_json(p) AS record FROM {source_products} AS p WHERE p.product_id = $from_product_id
    UNION ALL
    SELECT 'variants', to_json(v) FROM {source_variants} AS v WHERE v.variant_id = $from_id
    UNION ALL
    SELECT 'images', json_object('image_id', list(image_id ORDER BY position), 'url', list(url ORDER BY position),
                                 'position', list(position ORDER BY position), 'variant_id', list(variant_id ORDER BY position))
    FROM {source_images} WHERE product_id = $from_product_id AND deleted_at IS NULL HAVING count(*) > 0
    UNION ALL
    SELECT 'stock', json_object('location_id', list(coalesce(o.name, s.location_id) ORDER BY s.location_id),
                                'on_hand', list(s.on_hand ORDER BY s.location_id), 'tracked', list(s.tracked ORDER BY s.location_id),
                                'reorder_point', list(s.reorder_point ORDER BY s.location_id),
                                'reorder_quantity', list(s.reorder_quantity ORDER BY s.location_id),
                                'low_stock', list(s.low_stock ORDER BY s.location_id))
    FROM {source_stock} AS s LEFT JOIN {source_locations} AS o ON o.location_id = s.location_id
    WHERE s.variant_id = $from_id AND s.deleted_at IS NULL HAVING count(*) > 0
),
store AS (
    SELECT 'products' AS entity, to_json(p) AS record FROM {target_products} AS p WHERE p.product_id = $to_product_id
    UNION ALL
    SELECT 'variants', to_json(v) FROM {target_variants} AS v WHERE v.variant_id = $to_id
    UNION ALL
    SELECT 'images', json_object('image_id', list(image_id ORDER BY position), 'url', list(url ORDER BY position),
                                 'position', list(position ORDER BY position), 'variant_id', list(variant_id ORDER BY position))
    FROM {target_images} WHERE product_id = $to_product_id AND deleted_at IS NULL HAVING count(*) > 0
    UNION ALL
    SELECT 'stock', json_object('location_id', list(coalesce(o.name, s.location_id) ORDER BY s.location_id),
                                'on_hand', list(s.on_hand ORDER BY s.location_id), 'tracked', list(s.tracked ORDER BY s.location_id),
                                'reorder_point', list(s.reorder_point ORDER BY s.location_id),
                                'reorder_quantity', list(s.reorder_quantity ORDER BY s.location_id),
                                'low_stock', list(s.low_stock ORDER BY s.location_id))
    FROM {target_stock} AS s LEFT JOIN {target_locations} AS o ON o.location_id = s.location_id
    WHERE s.variant_id = $to_id AND s.deleted_at IS NULL HAVING count(*) > 0
),
written AS (
    SELECT 'products' AS entity, to_json(d) AS record FROM {products_desired} AS d WHERE d.item_id = $from_product_id
    UNION ALL
    SELECT 'variants', to_json(d) FROM {variants_desired} AS d WHERE d.item_id = $from_id
    UNION ALL
    SELECT 'images', json_object('url', list_transform(images, image -> image.url), 'position', list_transform(images, image -> image.position))
    FROM {images_desired} WHERE item_id = $from_product_id
    UNION ALL
    SELECT 'stock', json_object('on_hand', list(on_hand ORDER BY location_id)) FROM {stock_desired} WHERE item_id = $from_id HAVING count(*) > 0
),
shown AS (
    SELECT entity, record, 'read' AS seen FROM store
    UNION ALL
    SELECT w.entity, w.record, 'written' FROM written AS w
    WHERE $linked AND NOT EXISTS (FROM {target_variants} WHERE variant_id = $to_id)
),
named AS (
    SELECT entity, field FROM {field_rules} WHERE entity IN ('products', 'variants', 'images', 'stock')
    UNION
    SELECT entity, unnest(json_keys(record)) FROM (FROM till UNION ALL FROM store)
),
latest AS (
    SELECT entity, field, arg_max(decision, decided_at) AS decision, arg_max(reason, decided_at) AS reason,
           arg_max(run_id, decided_at) AS run_id, max(decided_at) AS decided_at
    FROM {field_decisions}
    WHERE item_id = CASE WHEN entity IN ('products', 'images') THEN $from_product_id ELSE $from_id END
    GROUP BY entity, field
)
SELECT
    n.entity,
    n.field,
    r.to_field,
    CAST(till.record -> n.field AS VARCHAR) AS "from",
    CAST(shown.record -> coalesce(r.to_field, n.field) AS VARCHAR) AS "to",
    coalesce(
        d.decision,
        CASE
            WHEN r.field IS NULL THEN 'structure'
            WHEN r.syncs THEN 'synced'
            WHEN r.owner = 'none' THEN 'no_counterpart'
            ELSE 'withheld'
        END
    ) AS decision,
    coalesce(d.reason, r.reason, 'describes the record on its own platform, never sent as a field') AS reason,
    coalesce(r.syncs, false) AS syncs,
    coalesce(r.direction, 'none') AS direction,
    coalesce(r.owner, 'none') AS owner,
    coalesce(r.rules, []) AS rules,
    r.line,
    r.unit,
    shown.seen,
    d.run_id,
    d.decided_at
FROM named AS n
LEFT JOIN {field_rules} AS r ON r.entity = n.entity AND r.field = n.field
LEFT JOIN latest AS d ON d.entity = n.entity AND d.field = n.field
LEFT JOIN till ON till.entity = n.entity
LEFT JOIN shown ON shown.entity = n.entity
WHERE n.field NOT IN ('version', 'deleted_at', 'defects', 'row_hash', 'seq')
ORDER BY list_position(['products', 'variants', 'images', 'stock'], n.entity), coalesce(r.line, 0), n.field
