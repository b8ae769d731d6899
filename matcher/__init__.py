"""The matcher: one thread owns every book and balance; see docs/hot-path.md for the way through."""

# First of all: it decides whether the modules that come next are the compiled ones.
import proto.build  # noqa: F401
