"""One file a chart; what they share stands in `base`. `kpi.charts.fan(outlook)` draws one."""

from kpi_lib.charts.arrivals import arrivals
from kpi_lib.charts.distribution import distribution
from kpi_lib.charts.fan import fan
from kpi_lib.charts.history import history
from kpi_lib.charts.months import months
from kpi_lib.charts.overview import overview
from kpi_lib.charts.pace import pace
from kpi_lib.charts.parts import parts
from kpi_lib.charts.reliability import reliability
from kpi_lib.charts.revisions import revisions
from kpi_lib.charts.together import together
from kpi_lib.charts.track_record import track_record
from kpi_lib.charts.walk import walk

__all__ = [
    "arrivals",
    "distribution",
    "fan",
    "history",
    "months",
    "overview",
    "pace",
    "parts",
    "reliability",
    "revisions",
    "together",
    "track_record",
    "walk",
]
