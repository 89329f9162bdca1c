-- Append the decisions that differ from the last known ones. Grain: entity, item, location, field.
-- Inputs: temp table decided, field_decisions, work_set. Bound: $entity, $run_id, $now.
INSERT INTO field_decisions
SELECT $entity, d.item_id, d.location_id, d.field, d.to_field, d.decision, d.reason, d.source_value, d.target_value, $run_id, $now
FROM decided AS d
LEFT JOIN (
    SELECT k.* FROM field_decisions AS k SEMI JOIN (SELECT DISTINCT item_id FROM decided) AS now ON now.item_id = k.item_id
    WHERE k.entity = $entity
    QUALIFY row_number() OVER (PARTITION BY item_id, location_id, field ORDER BY decided_at DESC, run_id DESC) = 1
) AS known ON known.item_id = d.item_id AND known.field = d.field AND known.location_id IS NOT DISTINCT FROM d.location_id
WHERE known.item_id IS NULL OR known.decision <> d.decision OR known.reason IS DISTINCT FROM d.reason
   OR known.source_value IS DISTINCT FROM d.source_value OR known.target_value IS DISTINCT FROM d.target_value;
