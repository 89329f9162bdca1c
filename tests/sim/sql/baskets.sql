-- A day of all stores together as the wishes of one shop's customers. Input: transactions. Bound: $rank of the day by lines sold, $items,
-- $online: one household of so many buys online. Grain of wishes: item of a basket; hours since midnight.
-- Goods by the piece: what is weighed or poured is told in thousands.
CREATE TEMP TABLE goods AS
SELECT CAST(transaction_timestamp AS DATE) AS day, household_id, basket_id, product_id, quantity, transaction_timestamp AS at
FROM transactions WHERE quantity BETWEEN 1 AND 12;
CREATE TEMP TABLE chosen AS
SELECT day FROM goods WHERE day > (SELECT min(day) FROM goods) GROUP BY day ORDER BY count(*) DESC, day LIMIT 1 OFFSET $rank;
CREATE TEMP TABLE sellers AS
SELECT row_number() OVER (ORDER BY sum(g.quantity) FILTER (g.day = c.day) DESC, g.product_id) - 1 AS item, g.product_id,
       greatest(1, coalesce(sum(g.quantity) FILTER (g.day < c.day), 0)) AS opening
FROM goods AS g JOIN chosen AS c ON g.day IN (c.day, c.day - 1)
GROUP BY g.product_id
HAVING count(*) FILTER (g.day = c.day) > 0
QUALIFY item < $items;
CREATE TEMP TABLE wishes AS
SELECT round(epoch(g.at - c.day) / 3600, 6) AS hours, CASE WHEN g.household_id % $online = 0 THEN 'online' ELSE 'till' END AS kind,
       s.item, sum(g.quantity) AS units, g.basket_id AS basket
FROM goods AS g
JOIN chosen AS c ON c.day = g.day
JOIN sellers AS s ON s.product_id = g.product_id
GROUP BY g.basket_id, g.household_id, g.at, c.day, s.item;
