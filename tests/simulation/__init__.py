"""A whole exchange in one thread and virtual time, in which a seed decides everything."""
