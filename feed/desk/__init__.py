"""Order entry over a WebSocket: the calls of `proto.api.trading`, for whoever has signed in."""
