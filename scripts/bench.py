#!/usr/bin/env python3
"""Measures parts of Tickmesh beside a yardstick, in turns, in one run.

    .venv/bin/python scripts/bench.py --help                       which there are
    .venv/bin/python scripts/bench.py engine                       one of them
    .venv/bin/python scripts/bench.py engine --against CHECKOUT    and beside an older engine
    .venv/bin/python scripts/bench.py feed --part latency          one part of one
    .venv/bin/python scripts/bench.py all --json                   everything, for programs
    .venv/bin/python scripts/bench.py all --output FOLDER          and pictures

How to read what they find is in docs/performance.md; they are in scripts/benches/.
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
    from scripts.benches.main import main

    sys.exit(main(sys.argv[1:]))
