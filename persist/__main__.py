"""Runs one persist: `python -m persist`."""

from persist.main import main

main()
