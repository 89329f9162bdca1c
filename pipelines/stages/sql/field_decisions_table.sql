-- What was decided for every field of every record; a row only when the decision, its reason or a value is new.
CREATE TABLE IF NOT EXISTS field_decisions (
    entity VARCHAR, item_id VARCHAR, location_id VARCHAR, field VARCHAR, to_field VARCHAR, decision VARCHAR, reason VARCHAR,
    source_value VARCHAR, target_value VARCHAR, run_id VARCHAR, decided_at TIMESTAMPTZ
);
