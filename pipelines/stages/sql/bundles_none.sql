-- What bundles.sql makes where the till has no bundle.
CREATE OR REPLACE TEMP TABLE source_bundles (variant_id VARCHAR, trouble VARCHAR);
CREATE OR REPLACE TEMP TABLE source_parts (variant_id VARCHAR, component_id VARCHAR, sku VARCHAR, quantity DECIMAL(18, 4), counted BOOLEAN);
