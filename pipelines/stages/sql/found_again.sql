-- What became of writes whose outcome was unknown, now that the store was read and its records are linked.
-- Inputs: sync.unknown, sync.intents, sync.ended, sync.agreed, work_set, *_link. Bound: $connection, $run_id, $ripe, $late, $pictured, $waits. A state write is superseded by what is
-- read (I-17), and read once more when it can no longer take effect. A creation that is not found is only known not to have
-- happened when it was sent before $ripe (I-18); a picture, which no key keeps from coming twice, before $pictured.
CREATE OR REPLACE TEMP TABLE found_again AS
SELECT u.n AS intent,
       CASE WHEN u.action <> 'create' THEN 'superseded' WHEN coalesce(p.to_id, v.to_id) IS NOT NULL THEN 'ok' ELSE 'not_sent' END AS outcome,
       CASE WHEN u.action <> 'create' THEN u.target_id ELSE coalesce(p.to_id, v.to_id) END AS target_id
FROM sync.unknown AS u
JOIN (SELECT DISTINCT entity, item_id FROM work_set) AS w
    ON w.entity = u.entity AND w.item_id = u.due_item
LEFT JOIN products_link AS p ON u.level = 'product' AND p.from_id = u.item_id AND p.state = 'linked'
LEFT JOIN variants_link AS v ON u.level = 'variant' AND v.from_id = u.item_id AND v.state = 'linked'
WHERE u.connection = $connection AND u.entity <> 'orders' AND u.action <> 'adopt'
  AND (u.action <> 'create' OR u.planned_at <= $ripe OR coalesce(p.to_id, v.to_id) IS NOT NULL)
  AND (u.level <> 'images' OR u.planned_at <= $pictured);
-- What the store shows hidden after nobody heard whether it was hid or made so, or nobody noted it because the run died: we did that,
-- so the till may show it again (C-01). The last word counts, and only where nothing was settled since.
INSERT INTO sync.hidden
SELECT $connection, d.item_id, CAST(NULL AS UBIGINT), CAST(NULL AS BIGINT), false, $run_id
FROM (
    SELECT i.item_id, arg_max(i.action = 'hide' OR i.action = 'create' AND coalesce(i.hidden, false), i.n) AS hid,
           arg_max(coalesce(f.target_id, e.target_id, i.target_id), i.n) AS target_id, max(i.planned_at) AS planned_at
    FROM sync.intents AS i
    SEMI JOIN (FROM work_set WHERE entity = 'products') AS w ON w.item_id = i.item_id
    LEFT JOIN sync.ended AS e ON e.intent = i.n
    LEFT JOIN found_again AS f ON f.intent = i.n
    WHERE i.connection = $connection AND i.level = 'product' AND i.action IN ('hide', 'publish', 'create')
      AND (e.outcome IN ('ok', 'exists') OR f.intent IS NOT NULL)
    GROUP BY i.item_id
) AS d
JOIN target_products AS t ON t.product_id = d.target_id AND NOT t.is_active
ANTI JOIN (FROM sync.hidden WHERE connection = $connection) AS known ON known.product_id = d.item_id
ANTI JOIN (FROM sync.agreed WHERE connection = $connection AND entity = 'products' AND side = 'source') AS settled
    ON settled.item_id = d.item_id AND settled.recorded_at >= d.planned_at
WHERE d.hid;
INSERT INTO sync.unproven
SELECT $connection, u.entity, u.due_item, max(u.planned_at) + $late, $run_id
FROM sync.unknown AS u JOIN found_again AS f ON f.intent = u.n
WHERE f.outcome = 'superseded'
GROUP BY ALL;
-- Images that were added although nobody heard of it: the store's new ones, in the order they were to be sent in. What was
-- heard of stands in the outcome, and so do images that were to go. Of a product that was created, the one that was cut off.
CREATE OR REPLACE TEMP TABLE half_pictured AS
SELECT i.n, i.item_id, e.target_id, e.created, e.images, i.planned_at
FROM sync.intents AS i
JOIN sync.ended AS e ON e.intent = i.n AND e.outcome IN ('ok', 'exists') AND json_exists(e.created, '$.image_unknown')
SEMI JOIN (FROM work_set WHERE entity = 'products') AS w ON w.item_id = i.item_id
WHERE i.connection = $connection AND i.level = 'product' AND i.action = 'create';
INSERT INTO sync.unproven
SELECT DISTINCT $connection, 'products', item_id, planned_at + $waits, $run_id FROM half_pictured WHERE planned_at > $pictured;
DELETE FROM half_pictured WHERE planned_at > $pictured;
INSERT INTO found_again SELECT n, 'ok', target_id FROM half_pictured;
CREATE OR REPLACE TEMP TABLE wanted_images AS
SELECT n, item_id, image, awaited, row_number() OVER (PARTITION BY n ORDER BY NOT awaited, image.position) AS place
FROM (
    SELECT n, item_id, image, image.store_image_id IS NULL AND (names IS NULL OR list_contains(names, image.image_id)) AS awaited
    FROM (
        SELECT n, item_id, names, unnest(from_json(images,
            '[{"image_id":"VARCHAR","url":"VARCHAR","position":"INTEGER","variant_id":"VARCHAR","store_image_id":"VARCHAR"}]')) AS image
        FROM (
            SELECT u.n, u.item_id, NULL::VARCHAR[] AS names, coalesce(e.images, u.images) AS images
            FROM sync.unknown AS u
            LEFT JOIN sync.ended AS e ON e.intent = u.n
            WHERE u.connection = $connection AND u.level = 'images' AND u.n IN (SELECT intent FROM found_again)
            UNION ALL
            SELECT n, item_id, json_keys(created, '$.image_unknown'), images FROM half_pictured
        )
    )
);
CREATE OR REPLACE TEMP TABLE new_images AS
SELECT u.n, t.image_id, row_number() OVER (PARTITION BY u.n ORDER BY TRY_CAST(t.image_id AS BIGINT), t.image_id) AS place
FROM (
    SELECT n, target_id, from_json(images_before, '["VARCHAR"]') AS before FROM sync.unknown WHERE connection = $connection AND level = 'images'
    UNION ALL
    SELECT n, target_id, [] FROM half_pictured
) AS u
JOIN target_images AS t ON t.product_id = u.target_id AND NOT list_contains(u.before, t.image_id)
ANTI JOIN wanted_images AS w ON w.n = u.n AND w.image.store_image_id = t.image_id;
CREATE OR REPLACE TEMP TABLE our_images AS
SELECT w.n, w.item_id, to_json(list({'image_id': w.image.image_id, 'url': w.image.url, 'position': w.image.position, 'variant_id': w.image.variant_id,
                                     'store_image_id': coalesce(w.image.store_image_id, i.image_id)} ORDER BY w.image.position)) AS images
FROM wanted_images AS w
LEFT JOIN new_images AS i ON i.n = w.n AND i.place = CASE WHEN w.awaited THEN w.place END
WHERE w.n IN (SELECT n FROM new_images)
GROUP BY w.n, w.item_id;
ALTER TABLE found_again ADD COLUMN images JSON;
UPDATE found_again SET images = o.images FROM our_images AS o WHERE o.n = found_again.intent;
ALTER TABLE found_again ADD COLUMN created JSON;
UPDATE found_again SET created = json_merge_patch(h.created, '{"image_unknown":null}') FROM half_pictured AS h WHERE h.n = found_again.intent;
DELETE FROM sync.written USING our_images AS o
WHERE sync.written.connection = $connection AND sync.written.field = 'images' AND sync.written.item_id = o.item_id;
INSERT INTO sync.written
SELECT $connection, item_id, 'images', arg_max(images, n), $run_id FROM our_images GROUP BY item_id;
