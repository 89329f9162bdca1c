-- Whether anything of the work set may be found again: one row, `due`. Inputs: sync.unknown, sync.intents, sync.outcomes, work_set. Bound: $connection.
SELECT EXISTS (FROM sync.unknown WHERE connection = $connection AND entity <> 'orders')
    OR EXISTS (FROM sync.outcomes WHERE json_exists(created, '$.image_unknown'))
    OR EXISTS (FROM sync.intents AS i SEMI JOIN (FROM work_set WHERE entity = 'products') AS w ON w.item_id = i.item_id
               WHERE i.connection = $connection AND i.level = 'product' AND (i.action = 'hide' OR i.hidden)) AS due
