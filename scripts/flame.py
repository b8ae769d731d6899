#!/usr/bin/env python3
"""Draws where the matcher's processor time goes while it carries as many orders as it can.

    .venv/bin/python scripts/flame.py docs/pictures/hot-path.svg

It needs py-spy, which reads the stacks of Python and of the native code below it from outside. The
parts are in scripts/flames/.
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
    from scripts.flames.main import main

    sys.exit(main(sys.argv[1:]))
