-- TimescaleDB: transfers and account changes (a dead man's switch makes many) become hypertables
-- like the other histories (see 0002), with longer chunks: there are far fewer rows.
SELECT create_hypertable(
    'transfers', by_range('timestamp', INTERVAL '30 days'), create_default_indexes => false);
SELECT create_hypertable(
    'account_changes', by_range('timestamp', INTERVAL '30 days'), create_default_indexes => false);

ALTER TABLE transfers SET (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'user_id',
    timescaledb.compress_orderby = 'timestamp DESC, sequence DESC');
ALTER TABLE account_changes SET (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'user_id',
    timescaledb.compress_orderby = 'timestamp DESC, sequence DESC');

SELECT add_compression_policy('transfers', INTERVAL '60 days');
SELECT add_compression_policy('account_changes', INTERVAL '60 days');
