"""The feed: live market data over WebSocket."""
