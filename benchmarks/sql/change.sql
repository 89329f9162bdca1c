-- One variant in a hundred gets another price at the till. Inputs: source_variants.
UPDATE {source_variants} SET price = price + 100, row_hash = row_hash + 1, seq = 2 WHERE position = 1 AND hash(variant_id) % 25 = 0;
