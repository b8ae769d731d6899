"""The parts of the audit: what the exchange shows, held row by row against a replay of its journal.

`scripts/audit.py` puts them together. `expected` turns the replay's events into rows, `stored`
streams the database's, `table` and `orders` compare them; `live` and `books` compare the state that
the matcher and the streams show. `reconciler` leads through all of it.
"""
