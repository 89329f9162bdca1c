-- Arithmetic that DuckDB has only for floating point. Wider than a price, so that rounding the largest one does not fail.
CREATE OR REPLACE TEMP MACRO wide(x) AS CAST(x AS DECIMAL(28, 4));
CREATE OR REPLACE TEMP MACRO round_half_even(x) AS
    floor(wide(x)) + CASE WHEN wide(x) - floor(wide(x)) > 0.5 THEN 1
        WHEN wide(x) - floor(wide(x)) = 0.5 AND floor(wide(x)) % 2 <> 0 THEN 1 ELSE 0 END;
-- Why an address of a picture is not handed to a store, NULL where it may be (B41): https, a public host by name or by a plain
-- IPv4 address, nobody's password. A name that resolves to a private address is not found out: nothing is asked here.
CREATE OR REPLACE TEMP MACRO authority_of(url) AS regexp_extract(lower(url), '^https://([^/?#]*)', 1);
CREATE OR REPLACE TEMP MACRO host_of(url) AS regexp_replace(authority_of(url), '(:[0-9]*)?$', '');
CREATE OR REPLACE TEMP MACRO is_number(host) AS
    regexp_full_match(host, '((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.|$)){4}') AND NOT ends_with(host, '.');
CREATE OR REPLACE TEMP MACRO is_private(host) AS regexp_matches(host,
    '^(0|10|127|22[4-9]|23[0-9]|24[0-9]|25[0-5])\.|^169\.254\.|^172\.(1[6-9]|2[0-9]|3[01])\.|^192\.168\.|^192\.0\.[02]\.'
    || '|^100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|^198\.(1[89]|51\.100)\.|^203\.0\.113\.');
CREATE OR REPLACE TEMP MACRO is_name(host) AS
    regexp_full_match(host, '([^\x00-\x2c\x2e\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]{1,63}\.)+[a-z][a-z0-9-]*[a-z0-9]\.?') AND length(host) <= 253;
CREATE OR REPLACE TEMP MACRO is_inside(host) AS
    regexp_matches(host, '\.(localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa|onion)\.?$');
CREATE OR REPLACE TEMP MACRO picture_refusal(url) AS CASE
    WHEN url IS NULL THEN NULL
    WHEN NOT starts_with(lower(url), 'https://') THEN 'its address is not https'
    WHEN contains(authority_of(url), '@') THEN 'its address holds a user name or password'
    WHEN regexp_matches(url, '[\x00-\x1f\x7f\\]') THEN 'its address holds characters no address has'
    WHEN is_number(host_of(url)) AND NOT is_private(host_of(url)) THEN NULL
    WHEN NOT is_name(host_of(url)) OR is_inside(host_of(url)) THEN 'its host is not a public one'
END;
