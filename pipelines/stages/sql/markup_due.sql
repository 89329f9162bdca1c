-- Texts of a field that are more than harmless markup. Grain: record. Bound: $harmless (RE2).
SELECT item_id, {column} AS text FROM {desired} WHERE contains({column}, '<') AND NOT regexp_full_match({column}, $harmless) ORDER BY item_id;
