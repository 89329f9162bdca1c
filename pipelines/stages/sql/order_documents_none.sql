-- The same of a connection of which no document was ever planned.
CREATE OR REPLACE TEMP TABLE sale_documents (
    connection VARCHAR, order_id VARCHAR, intent BIGINT, run_id VARCHAR, planned_at TIMESTAMPTZ, number INTEGER, kind VARCHAR, state VARCHAR,
    document_id VARCHAR, reference VARCHAR, document JSON, levels JSON, outcome VARCHAR, sale_id VARCHAR, version BIGINT, recorded_at TIMESTAMPTZ,
    voided_at TIMESTAMPTZ, half_voided BOOLEAN, restocked VARCHAR, owes BOOLEAN
);
