-- What one read brought, in numbers. One row. Inputs: {landing}, fresh, sync.absent. Bound: $platform, $resource.
SELECT (SELECT count(*) FROM fresh) AS rows, (SELECT count(*) FROM {landing} WHERE id IS NULL) AS without_id,
       (SELECT count(*) FROM sync.absent WHERE platform = $platform AND resource = $resource) AS waiting;
