-- Where the judging of one plan is gathered.
CREATE OR REPLACE TEMP TABLE broken_rows (level VARCHAR, item_id VARCHAR, class VARCHAR, reason VARCHAR, rule VARCHAR);
CREATE OR REPLACE TEMP TABLE held_classes (class VARCHAR, reason VARCHAR);
