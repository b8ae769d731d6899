"""Runs the whole exchange: `python -m scripts.launcher`, which is what `scripts/up` does."""

from scripts.launcher.main import main

main()
