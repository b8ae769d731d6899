"""Runs many random commands through the engine and the reference, and shows how they differ."""
