-- TimescaleDB: the histories become hypertables with a chunk for each day.
--
-- Chunks older than a week are compressed: they have long been written, and are read by market,
-- by user or by order. Nothing is ever dropped unless its owner asks for it, as with:
--     SELECT add_retention_policy('order_events', INTERVAL '1 year');
SELECT create_hypertable(
    'trades', by_range('timestamp', INTERVAL '1 day'), create_default_indexes => false);
SELECT create_hypertable(
    'order_events', by_range('timestamp', INTERVAL '1 day'), create_default_indexes => false);
SELECT create_hypertable(
    'balance_changes', by_range('timestamp', INTERVAL '1 day'), create_default_indexes => false);

ALTER TABLE trades SET (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'market',
    timescaledb.compress_orderby = 'timestamp DESC, trade_id DESC');
ALTER TABLE order_events SET (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'user_id',
    timescaledb.compress_orderby = 'timestamp DESC, order_id DESC');
ALTER TABLE balance_changes SET (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'user_id, asset',
    timescaledb.compress_orderby = 'timestamp DESC, sequence DESC');

SELECT add_compression_policy('trades', INTERVAL '7 days');
SELECT add_compression_policy('order_events', INTERVAL '7 days');
SELECT add_compression_policy('balance_changes', INTERVAL '7 days');
