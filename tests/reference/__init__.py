"""A slow, obvious exchange, independent of the real one, that tests compare it with."""
