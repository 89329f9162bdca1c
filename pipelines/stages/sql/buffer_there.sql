-- What `buffer: auto` keeps back of each level, as it stands now. Grain: row of {levels}. Inputs: {levels}, source_means, buffer_table, source_bundles.
CREATE OR REPLACE TEMP TABLE buffers_there AS
SELECT d.item_id, d.location_id, d.held_back AS stands, coalesce(t.kept, 0) AS held_back, m.units, m.windows
FROM (
    SELECT item_id, location_id, held_back, floor(till_on_hand - reserved - unexplained) AS free
    FROM {levels} WHERE on_hand IS NOT NULL AND item_id NOT IN (SELECT variant_id FROM source_bundles)
) AS d
LEFT JOIN source_means AS m ON m.item_id = d.item_id
LEFT JOIN buffer_table AS t ON t.mean = m.mean AND t.units = least(d.free, (SELECT max(units) FROM buffer_table));
