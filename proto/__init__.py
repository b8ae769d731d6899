"""Messages, codes, limits, the codec and the mesh: what every process stands on."""

# First of all: it decides whether the modules that come next are the compiled ones.
import proto.build  # noqa: F401
