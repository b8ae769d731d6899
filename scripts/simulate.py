#!/usr/bin/env python3
"""Runs seeds of the simulation: a whole exchange each, in one thread and virtual time.

    .venv/bin/python scripts/simulate.py --seeds 100000
    .venv/bin/python scripts/simulate.py --minutes 60 --jobs 2 --json
    .venv/bin/python scripts/simulate.py --seed 4711            one seed again, as it happens
    .venv/bin/python scripts/simulate.py --sabotage sync        proves that it can fail

Ends with status 0 if every seed passed (or the sabotage was caught), 1 if not. The parts are in
scripts/seeds/, the simulation is in tests/simulation/.
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
    from scripts.seeds.main import main

    sys.exit(main(sys.argv[1:]))
