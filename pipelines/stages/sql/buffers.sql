-- Keeps back of this run's levels what `buffer: auto` says, and notes from what. Inputs: {levels}, buffers_there, source_variants.
UPDATE {levels} SET held_back = b.held_back, on_hand = greatest(on_hand - b.held_back, 0),
       reason = 'buffer auto: ' || b.held_back || ' kept back, of ' || rtrim(rtrim(CAST(b.units AS VARCHAR), '0'), '.') || ' units sold in ' || b.windows || ' runs on the busier channel'
FROM (FROM buffers_there SEMI JOIN source_variants ON source_variants.variant_id = buffers_there.item_id) AS b
WHERE {levels}.item_id = b.item_id AND {levels}.location_id = b.location_id AND b.units IS NOT NULL;
