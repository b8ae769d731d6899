"""Runs one matcher, or a tool that reads its journal: `python -m matcher --help` lists them."""

import sys

from matcher.tools.options import parse_options

options = parse_options(sys.argv[1:])
if options is None:
    # Neither needs what the other imports, and a matcher that restarts is waited for.
    from matcher.main import main

    main()
else:
    from matcher.tools.main import run_tool

    sys.exit(run_tool(options))
