"""Makes history again for the matcher that started it: `python -m matcher.history`."""

from matcher.history.main import main

main()
