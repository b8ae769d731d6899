#!/usr/bin/env python3
"""Strikes an exchange of its own with faults while it trades, then audits that nothing is wrong.

    .venv/bin/python scripts/chaos.py --minutes 10 --seed 1
    .venv/bin/python scripts/chaos.py --minutes 1 --faults kill-matcher,wipe-redis --every 3

Ends with status 0 if every audit held, 1 if one failed or could not be made, 2 if the exchange
cannot be started like this. After a failure it says how to do the same again, and where the
exchange's data and log are. The parts are in scripts/faults/.
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
    from scripts.faults.main import main

    sys.exit(main(sys.argv[1:]))
