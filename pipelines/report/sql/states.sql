-- How many records ended in which state. Grain: entity and state. Bound: $run_id.
SELECT entity, state, count(*) AS records FROM {end_states} WHERE run_id = $run_id GROUP BY entity, state
