-- Candles of one minute, computed from the trades when they are asked for. Longer intervals
-- derive from them with date_bin, in UTC, as proto/intervals.py says.
--
-- The first and the last price are the least and the greatest (number, price) pair: numbers are
-- unique in a market, so the price never decides, and no rows have to be sorted or kept.
CREATE VIEW candles_1m AS
SELECT
    market,
    date_bin(INTERVAL '1 minute', timestamp, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS start,
    (min(ARRAY[number::numeric, price]))[2] AS open,
    max(price) AS high,
    min(price) AS low,
    (max(ARRAY[number::numeric, price]))[2] AS close,
    sum(quantity) AS volume,
    sum(quote_quantity) AS quote_volume,
    count(*) AS trades
FROM trades
GROUP BY 1, 2;
