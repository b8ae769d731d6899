-- What the streams of a user are made from, where a client was away: every execution report as its
-- owner was told of it, and every change of a balance, in the order in which they happened.
--
-- `executed_quote_quantity` and `fee` are the order's after the event. What an order never changes
-- stands in `orders`. Rows of commands before `complete_from` get the ordinals that they had, and
-- all rows their sums: they are the same that a replay makes.
ALTER TABLE order_events
    ADD COLUMN executed_quote_quantity numeric,
    ADD COLUMN fee numeric;

-- Every row is written anew, so the indexes are made after that.
DROP INDEX order_events_by_order;
DROP INDEX order_events_by_user;
DROP INDEX balance_changes_by_user;
DROP INDEX balance_changes_by_user_and_time;
SET LOCAL work_mem = '128MB';
SET LOCAL maintenance_work_mem = '256MB';

-- Compressed chunks are made plain for that; the policy compresses them again.
DO $$
BEGIN
    IF to_regclass('timescaledb_information.chunks') IS NOT NULL THEN
        PERFORM decompress_chunk(chunk, true) FROM show_chunks('order_events') AS chunk;
        PERFORM decompress_chunk(chunk, true) FROM show_chunks('balance_changes') AS chunk;
    END IF;
END
$$;

-- Within such a command: accepted, then of each trade the taker's fill and the maker's, then the end.
WITH numbered AS (
    SELECT tableoid AS part, ctid AS place, order_id, sequence, market, fill_fee,
        fill_price * fill_quantity AS fill_quote_quantity,
        coalesce(ordinal, row_number() OVER (
            PARTITION BY sequence
            ORDER BY CASE event WHEN 'accepted' THEN 1 WHEN 'fill' THEN 2 ELSE 3 END,
                trade_id, is_maker)) AS ordinal
    FROM order_events
), summed AS (
    SELECT part, place, market, ordinal,
        coalesce(sum(fill_quote_quantity) OVER up_to, 0) AS quote_quantity,
        coalesce(sum(fill_fee) OVER up_to, 0) AS fee
    FROM numbered
    WINDOW up_to AS (PARTITION BY order_id ORDER BY sequence, ordinal)
)
UPDATE order_events SET
    ordinal = summed.ordinal,
    executed_quote_quantity = round(summed.quote_quantity, assets.decimals),
    fee = round(summed.fee, assets.decimals)
FROM summed
JOIN markets ON markets.name = summed.market
JOIN assets ON assets.asset_id = markets.quote_asset_id
WHERE order_events.tableoid = summed.part AND order_events.ctid = summed.place;

-- Of each trade: the buyer pays, the seller gives, the buyer gets, the seller is paid.
WITH numbered AS (
    SELECT changes.tableoid AS part, changes.ctid AS place, row_number() OVER (
        PARTITION BY changes.sequence
        ORDER BY changes.trade_id, changes.change >= 0,
            (changes.change < 0) <> (assets.name IS NOT NULL)) AS ordinal
    FROM balance_changes AS changes
    LEFT JOIN trades ON trades.trade_id = changes.trade_id
        AND trades.timestamp = changes.timestamp
    LEFT JOIN markets ON markets.name = trades.market
    LEFT JOIN assets ON assets.asset_id = markets.quote_asset_id AND assets.name = changes.asset
    WHERE changes.ordinal IS NULL
)
UPDATE balance_changes SET ordinal = numbered.ordinal
FROM numbered
WHERE balance_changes.tableoid = numbered.part AND balance_changes.ctid = numbered.place;

ALTER TABLE order_events
    ALTER COLUMN ordinal SET NOT NULL,
    ALTER COLUMN executed_quote_quantity SET NOT NULL,
    ALTER COLUMN fee SET NOT NULL;
ALTER TABLE balance_changes ALTER COLUMN ordinal SET NOT NULL;

CREATE UNIQUE INDEX order_events_by_order
    ON order_events (order_id, sequence, ordinal, trade_id, event, timestamp) NULLS NOT DISTINCT;
CREATE INDEX balance_changes_by_user ON balance_changes (user_id, asset, timestamp);
-- The time never falls from one command to the next, so these find what follows a sequence and an
-- ordinal in the order in which it happened, and cut off by time what was long before.
CREATE INDEX order_events_by_user ON order_events (user_id, timestamp, sequence, ordinal);
CREATE INDEX balance_changes_by_user_and_time
    ON balance_changes (user_id, timestamp, sequence, ordinal);
