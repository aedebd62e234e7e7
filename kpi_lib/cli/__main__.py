"""`python -m kpi_lib.cli`."""

import sys

from kpi_lib.cli import main

sys.exit(main())
