"""Runs `python -m feed`."""

from feed.main import main

main()
