"""The matching held against an engine that other people wrote."""
