"""Runs `python -m scripts.native`."""

import sys

from scripts.native.main import main

sys.exit(main())
