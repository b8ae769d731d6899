-- What orders, money, markets and accounts have had since docs/trading-rules.md. What a plain order
-- does not have is NULL, and so are the `ordinal` and (of orders) the `reason` in rows that are older
-- than this step: those of commands before `complete_from`.
ALTER TABLE stream_position ADD COLUMN complete_from bigint NOT NULL DEFAULT 1;
UPDATE stream_position SET complete_from = last_sequence + 1;

-- `type` is one word for type and trigger: stop_loss, stop_loss_limit, trailing_stop ...
-- `reason` says why an order was rejected, or what ended it where its owner did not (CAUSE_NAMES in
-- proto/codes.py). `list_id` is the order_id of the first order of its list.
ALTER TABLE orders
    ADD COLUMN reason text,
    ADD COLUMN trigger_price numeric,
    ADD COLUMN trail_amount numeric,
    ADD COLUMN trail_bps integer,
    ADD COLUMN display_quantity numeric,
    ADD COLUMN quote_amount numeric,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN self_trade_prevention text,
    ADD COLUMN list_type text,
    ADD COLUMN list_id bigint;

-- `ordinal` counts the rows of one command in this table, from 1: sequence and ordinal order all
-- rows of a shard. A command may reduce one order several times, so it belongs to the key.
ALTER TABLE order_events
    ADD COLUMN ordinal integer,
    ADD COLUMN trigger_price numeric;
DROP INDEX order_events_by_order;
CREATE UNIQUE INDEX order_events_by_order
    ON order_events (order_id, sequence, ordinal, trade_id, event, timestamp) NULLS NOT DISTINCT;

-- The rows of a user in the order of (timestamp, sequence, ordinal) are the statement: the changes
-- of an asset sum up to its `total`. The index of migration 0003 finds those of one asset.
ALTER TABLE balance_changes ADD COLUMN ordinal integer;
CREATE INDEX balance_changes_by_user_and_time ON balance_changes (user_id, timestamp);

-- The four tables below grow slowly, so they are not cut by time.

-- Each state of a transfer in two steps; the last one is what it is now.
CREATE TABLE transfers (
    reference text NOT NULL,
    sequence bigint NOT NULL,
    user_id bigint NOT NULL,
    asset text NOT NULL,
    kind text NOT NULL,
    amount numeric NOT NULL,
    status text NOT NULL,
    timestamp timestamptz NOT NULL
);
CREATE INDEX transfers_by_reference ON transfers (reference, sequence);
CREATE INDEX transfers_by_user ON transfers (user_id, timestamp);

-- Each state of an account that an operator has changed. (A dead man's switch that is set, or runs
-- out, makes no row: what it cancels says so.)
CREATE TABLE account_changes (
    user_id bigint NOT NULL,
    sequence bigint NOT NULL,
    tier integer NOT NULL,
    group_id bigint,
    self_trade_prevention text NOT NULL,
    is_frozen boolean NOT NULL,
    cancel_at timestamptz,
    timestamp timestamptz NOT NULL
);
CREATE INDEX account_changes_by_user ON account_changes (user_id, timestamp);

-- Each status of a market; the rules have their names in proto.definitions.MarketRules. A reference
-- price that follows trades makes no row. `fee_tiers` is an array of FeeTier.
CREATE TABLE market_changes (
    market text NOT NULL,
    sequence bigint NOT NULL,
    ordinal integer NOT NULL,
    state text NOT NULL,
    ends_at timestamptz,
    reference_price numeric,
    reference_at timestamptz,
    band_ppm integer NOT NULL,
    collar_ppm integer NOT NULL,
    volatility_ppm integer NOT NULL,
    auction_ms integer NOT NULL,
    reference_ms integer NOT NULL,
    open_orders_max integer NOT NULL,
    stop_orders_max integer NOT NULL,
    fee_tiers jsonb NOT NULL,
    timestamp timestamptz NOT NULL
);
CREATE INDEX market_changes_by_market ON market_changes (market, timestamp);

-- Each time that an asset was frozen or thawed.
CREATE TABLE asset_changes (
    asset text NOT NULL,
    sequence bigint NOT NULL,
    is_frozen boolean NOT NULL,
    timestamp timestamptz NOT NULL
);
