"""The journal on disk: format, reader, writer, lock."""
