-- What every desired value stands on beside its own record: outlets, registers, currency and units of both sides.
-- One row. Inputs: source_* and target_* views.
SELECT md5(coalesce(string_agg(line, chr(10) ORDER BY line), '')) AS hash
FROM (
    SELECT concat_ws('|', 'outlet', location_id, name, deleted_at IS NULL) AS line FROM source_locations
    UNION ALL
    SELECT concat_ws('|', 'register', register_id, name, location_id, deleted_at IS NULL) FROM source_registers
    UNION ALL
    SELECT concat_ws('|', 'location', location_id, name, is_default, deleted_at IS NULL) FROM target_locations
    UNION ALL
    SELECT concat_ws('|', 'till', currency, decimal_places, weight_unit, dimensions_unit) FROM source_account
    UNION ALL
    SELECT concat_ws('|', 'store', currency, decimal_places, weight_unit, dimensions_unit) FROM target_account
);
