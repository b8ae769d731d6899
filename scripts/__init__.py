"""Commands that people run: start, test, soak and bench the exchange."""
