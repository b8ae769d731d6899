"""The bench of persist: history into a database, beside bare COPY of the same rows."""
