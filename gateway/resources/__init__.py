"""One class for each address: reads the form, asks, writes the answer."""
