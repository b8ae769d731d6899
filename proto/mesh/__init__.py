"""The mesh: ZeroMQ DEALER and ROUTER joined with deadlines, heartbeats, bounds and leases."""
