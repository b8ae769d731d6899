"""Runs one matcher: `python -m matcher`."""

from matcher.main import main

main()
