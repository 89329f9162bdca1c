-- What a connection keeps beside `sync`: the levels agreed last, with what the store had sold and the last intent by then, and drops
-- of the store's levels that no order explains (`reliability.md` §2.5.5). Grain: till item and store location; of stock_parts, what
-- the level of a bundle follows from, also part.
CREATE TABLE IF NOT EXISTS stock_agreed (item_id VARCHAR, location_id VARCHAR, level DECIMAL(18, 4), ordered DECIMAL(18, 4), intent BIGINT, seq BIGINT, agreed_at TIMESTAMPTZ, run_id VARCHAR);
-- Items some of whose units were on their way back to the till when the last run showed their levels.
CREATE TABLE IF NOT EXISTS stock_coming_back (item_id VARCHAR);
CREATE TABLE IF NOT EXISTS shop_drift (item_id VARCHAR, location_id VARCHAR, units DECIMAL(18, 4), since TIMESTAMPTZ, state VARCHAR, ended_at TIMESTAMPTZ, run_id VARCHAR);
-- What staff did at the till with sales that were recorded for orders. Grain: sale.
CREATE TABLE IF NOT EXISTS sales_by_hand (connection VARCHAR, order_id VARCHAR, reference VARCHAR, said VARCHAR);
CREATE TABLE IF NOT EXISTS stock_parts (item_id VARCHAR, location_id VARCHAR, part_id VARCHAR, sku VARCHAR, quantity DECIMAL(18, 4), counted BOOLEAN, level DECIMAL(18, 4), till_now DECIMAL(38, 4), makes HUGEINT);
-- to_id: the store's record that was agreed of.
ALTER TABLE stock_agreed ADD COLUMN IF NOT EXISTS to_id VARCHAR;
-- by_orders: orders of the item changed meanwhile; adoption: the id under which a level set in the store is taken to the till. units below 0: more in the store.
ALTER TABLE shop_drift ADD COLUMN IF NOT EXISTS by_orders BOOLEAN;
ALTER TABLE shop_drift ADD COLUMN IF NOT EXISTS adoption VARCHAR;
ALTER TABLE IF EXISTS stock_desired ADD COLUMN IF NOT EXISTS coming_back DECIMAL(18, 4);
ALTER TABLE IF EXISTS stock_desired ADD COLUMN IF NOT EXISTS reason VARCHAR;
