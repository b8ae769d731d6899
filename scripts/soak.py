#!/usr/bin/env python3
"""Loads a running exchange, measures it, and then audits that nothing was lost or made up.

    scripts/up &
    .venv/bin/python scripts/soak.py --seconds 60
    .venv/bin/python scripts/soak.py --seconds 60 --kill-matcher 30
    .venv/bin/python scripts/soak.py --through mesh --rate 8000 --json

Ends with status 0 if every audit held, 1 if one failed or could not be made, 2 if there is no
exchange to load. The parts are in scripts/load/.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"

if __name__ == "__main__":
    if Path(sys.prefix) != PYTHON.parent.parent and PYTHON.exists():
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    # The root in place of this folder, so that everything has one name.
    sys.path[0] = str(ROOT)
    from scripts.load.main import main

    sys.exit(main(sys.argv[1:]))
