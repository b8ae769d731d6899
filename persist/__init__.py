"""Writes the history: the `db_processor` stream into the database, exactly once."""
