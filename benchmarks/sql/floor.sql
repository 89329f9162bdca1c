-- The floor: read every value of both sides once and hash it. No planner that looks at the values can be faster.
SELECT bit_xor(h) FROM (
    SELECT hash(*COLUMNS(*)) AS h FROM {source_products} UNION ALL SELECT hash(*COLUMNS(*)) FROM {target_products}
    UNION ALL SELECT hash(*COLUMNS(*)) FROM {source_variants} UNION ALL SELECT hash(*COLUMNS(*)) FROM {target_variants}
    UNION ALL SELECT hash(*COLUMNS(*)) FROM {source_images} UNION ALL SELECT hash(*COLUMNS(*)) FROM {target_images}
    UNION ALL SELECT hash(*COLUMNS(*)) FROM {source_stock} UNION ALL SELECT hash(*COLUMNS(*)) FROM {target_stock}
);
