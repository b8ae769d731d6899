"""The matcher: one thread owns every book and balance; see docs/hot-path.md for the way through."""
