-- Few, since each one costs at thousands of orders a second. The unique ones are a second line of
-- defence behind stream_position, and serve the look-up by trade and by order; they hold the time
-- because a table cut by time can only have such keys. One command can tell of an order twice
-- without a trade (accepted, then expired), so the event belongs to the key.
CREATE UNIQUE INDEX trades_by_id ON trades (trade_id, timestamp);
CREATE INDEX trades_by_market ON trades (market, timestamp, trade_id);

CREATE UNIQUE INDEX order_events_by_order
    ON order_events (order_id, sequence, trade_id, event, timestamp) NULLS NOT DISTINCT;
CREATE INDEX order_events_by_user ON order_events (user_id, timestamp);

CREATE INDEX balance_changes_by_user ON balance_changes (user_id, asset, timestamp);
