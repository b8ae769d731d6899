"""Tools that read a journal and change nothing: `python -m matcher verify` and `show`."""
