#!/usr/bin/env python3
"""Audits a running exchange: journal, live matcher, database and streams, row by row.

    scripts/up &
    .venv/bin/python scripts/audit.py

Trading may go on meanwhile. Ends with status 0 if everything agrees, 1 if something does not or
could not be compared, 2 if there is no exchange to audit. The parts are in scripts/reconciliation/.
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
    from scripts.reconciliation.main import main

    sys.exit(main(sys.argv[1:]))
