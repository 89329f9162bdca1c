-- detailed
-- Note for which state of its list record the details of each were read. Inputs: fresh (this read), {list}, sync.detailed.
-- Bound: $platform, $resource.
DELETE FROM sync.detailed WHERE platform = $platform AND resource = $resource AND id IN (SELECT id FROM fresh);
INSERT INTO sync.detailed
SELECT $platform, $resource, listed.id, listed.row_hash FROM fresh JOIN {list} AS listed USING (id);
