#!/usr/bin/env python3
"""Measures parts of Tickmesh beside a yardstick, in turns, in one run.

    .venv/bin/python scripts/bench.py codec     the codec beside the msgpack package
    .venv/bin/python scripts/bench.py engine    the engine beside bare price-time matching
    .venv/bin/python scripts/bench.py engine --against CHECKOUT    and beside an older engine
    .venv/bin/python scripts/bench.py feed      the feed beside bare websockets, and how late it is
    .venv/bin/python scripts/bench.py feed --part latency          one part of it
    .venv/bin/python scripts/bench.py hop       a durable order beside an echo that syncs
    .venv/bin/python scripts/bench.py recovery  snapshots and replay; takes minutes
    .venv/bin/python scripts/bench.py all --json

The parts are in scripts/benches/.
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
