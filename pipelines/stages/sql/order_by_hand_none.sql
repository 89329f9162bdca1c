-- What order_by_hand.sql makes where nothing was recorded.
CREATE OR REPLACE TEMP TABLE out_by_hand (intent BIGINT, what VARCHAR, line_id VARCHAR, item_id VARCHAR, units DECIMAL(18, 4));
CREATE OR REPLACE TEMP TABLE by_hand (
    order_id VARCHAR, intent BIGINT, sale_id VARCHAR, reference VARCHAR, voided BOOLEAN, edited BOOLEAN, returned DECIMAL(38, 4), closed BOOLEAN
);
