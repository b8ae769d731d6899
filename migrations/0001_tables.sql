-- Every table, on plain PostgreSQL and on TimescaleDB alike. 0002 turns the three histories
-- (trades, order_events, balance_changes) into what the database at hand cuts by time best.
--
-- Numbers are NUMERIC and carry exactly the decimals of their market or asset: "100.00"::text is
-- what the API shows. Words are the names in proto/codes.py. Times are engine times, in
-- microseconds; the order inside one is that of the identifiers.

CREATE TABLE assets (
    asset_id bigint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    decimals integer NOT NULL
);

-- The fields of proto.definitions.MarketDefinition, under their names.
CREATE TABLE markets (
    market_id bigint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    base_asset_id bigint NOT NULL REFERENCES assets,
    quote_asset_id bigint NOT NULL REFERENCES assets,
    price_decimals integer NOT NULL,
    tick_units bigint NOT NULL,
    quantity_decimals integer NOT NULL,
    lot_units bigint NOT NULL,
    price_max_ticks bigint NOT NULL,
    quantity_min_lots bigint NOT NULL,
    quantity_max_lots bigint NOT NULL,
    notional_min_amount bigint NOT NULL,
    maker_fee_ppm integer NOT NULL,
    taker_fee_ppm integer NOT NULL
);

-- How far the history of each shard reaches; moves in the transaction of the rows it speaks of.
CREATE TABLE stream_position (
    shard integer PRIMARY KEY,
    epoch bigint NOT NULL,
    last_sequence bigint NOT NULL
);

-- The state of each order now, rejected ones included.
CREATE TABLE orders (
    order_id bigint PRIMARY KEY,
    user_id bigint NOT NULL,
    market text NOT NULL,
    client_order_id text,
    side text NOT NULL,
    type text NOT NULL,
    time_in_force text NOT NULL,
    post_only boolean NOT NULL,
    price numeric,
    quantity numeric NOT NULL,
    executed_quantity numeric NOT NULL,
    executed_quote_quantity numeric NOT NULL,
    fee numeric NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
-- Room in every page for the next state of its orders: an update that stays in its page and
-- changes no indexed column touches no index.
) WITH (fillfactor = 75);
CREATE INDEX orders_by_user ON orders (user_id, order_id);
CREATE INDEX orders_by_client_order_id ON orders (user_id, client_order_id)
    WHERE client_order_id IS NOT NULL;

CREATE TABLE trades (
    trade_id bigint NOT NULL,
    market text NOT NULL,
    number bigint NOT NULL,
    price numeric NOT NULL,
    quantity numeric NOT NULL,
    quote_quantity numeric NOT NULL,
    taker_side text NOT NULL,
    is_buyer_maker boolean NOT NULL,
    taker_order_id bigint NOT NULL,
    maker_order_id bigint NOT NULL,
    taker_user_id bigint NOT NULL,
    maker_user_id bigint NOT NULL,
    taker_fee numeric NOT NULL,
    maker_fee numeric NOT NULL,
    sequence bigint NOT NULL,
    timestamp timestamptz NOT NULL
);

-- Each execution report. Price and quantity are the order's, the fill_ columns those of the one
-- fill that the report is about.
CREATE TABLE order_events (
    order_id bigint NOT NULL,
    sequence bigint NOT NULL,
    user_id bigint NOT NULL,
    market text NOT NULL,
    event text NOT NULL,
    reason text,
    status text NOT NULL,
    price numeric,
    quantity numeric NOT NULL,
    executed_quantity numeric NOT NULL,
    trade_id bigint,
    fill_price numeric,
    fill_quantity numeric,
    fill_fee numeric,
    is_maker boolean,
    timestamp timestamptz NOT NULL
);

-- Each change of what an account owns. `change` includes the fee.
CREATE TABLE balance_changes (
    user_id bigint NOT NULL,
    asset text NOT NULL,
    sequence bigint NOT NULL,
    reason text NOT NULL,
    change numeric NOT NULL,
    fee numeric NOT NULL,
    total numeric NOT NULL,
    held numeric NOT NULL,
    trade_id bigint,
    reference text,
    timestamp timestamptz NOT NULL
);
