-- Units held back: those of this store's orders, and those of orders in the till's other stores.
-- Grain: till item; of sold_elsewhere order and till item. Inputs: reserved_here, _elsewhere.
CREATE OR REPLACE TEMP TABLE sold_elsewhere AS SELECT * FROM _elsewhere;
CREATE OR REPLACE TEMP TABLE reserved AS
SELECT item_id, sum(units) AS units
FROM (SELECT item_id, units FROM reserved_here UNION ALL SELECT item_id, units FROM sold_elsewhere)
GROUP BY item_id;
