-- Candles of one minute, as a continuous aggregate that is up to date: what is older than two
-- minutes comes from what is materialised, the rest from the trades. (Should persist ever be more
-- than two minutes behind, the candles of that time show what it caught up with a minute later.)
-- Longer intervals derive from it with date_bin, in UTC, as proto/intervals.py says.
CREATE MATERIALIZED VIEW candles_1m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT
    market,
    time_bucket(INTERVAL '1 minute', timestamp) AS start,
    first(price, number) AS open,
    max(price) AS high,
    min(price) AS low,
    last(price, number) AS close,
    sum(quantity) AS volume,
    sum(quote_quantity) AS quote_volume,
    count(*) AS trades
FROM trades
GROUP BY 1, 2
WITH NO DATA;

-- The start of the window is open, so that history which arrives late, after an outage of any
-- length, is materialised too; only what was invalidated is computed again. A transaction of the
-- job takes a day of candles: left alone it takes a single minute, and catching up takes hours.
SELECT add_continuous_aggregate_policy(
    'candles_1m',
    start_offset => NULL,
    end_offset => INTERVAL '2 minutes',
    schedule_interval => INTERVAL '1 minute');
SELECT alter_job(job_id, config => config || '{"buckets_per_batch": 1440}')
FROM timescaledb_information.jobs
WHERE proc_name = 'policy_refresh_continuous_aggregate';
