-- What the journal tells of the sales of one connection, as `sync.sale_documents` has it. Grain: document. Bound: $connection.
CREATE OR REPLACE TEMP TABLE sale_documents AS FROM sync.sale_documents WHERE connection = $connection;
