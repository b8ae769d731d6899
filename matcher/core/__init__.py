"""The pure core: state is a function of the commands applied; no clock, no I/O, no randomness."""
