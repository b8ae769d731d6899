#!/usr/bin/env python3
"""Holds the engine against the reference exchange: random commands of every kind, to both.

    .venv/bin/python scripts/compare.py --commands 10_000_000 --jobs 2 --seed 1
    .venv/bin/python scripts/compare.py --commands 1_000_000 --json
    .venv/bin/python scripts/compare.py --sabotage all         proves that it can fail

Ends with status 0 if they agree in everything (or the sabotage was noticed), 1 at the first
difference: it is told with its seed, and with as few commands as show it. The parts are in
scripts/comparison/, the commands and what is compared in tests/property/.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"

if __name__ == "__main__":
    if Path(sys.prefix) != PYTHON.parent.parent and PYTHON.exists():
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    if any(argument.startswith("--sa") for argument in sys.argv[1:]):
        # `--sabotage`, however short: it replaces functions, and compiled ones cannot be.
        os.environ["TICKMESH_BUILD"] = "interpreted"
    # The root in place of this folder, so that everything has one name.
    sys.path[0] = str(ROOT)
    from scripts.comparison.main import main

    sys.exit(main(sys.argv[1:]))
