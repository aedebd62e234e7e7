"""`python -m kpi_lib.cli`."""

import sys

from kpi_lib.cli import main

if __name__ == "__main__":  # a process that a run of many units begins reads this file too
    sys.exit(main())
