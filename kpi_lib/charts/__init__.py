"""One file a chart; what they share stands in `base`. `kpi.charts.fan(outlook)` draws one."""

from kpi_lib.charts.fan import fan
from kpi_lib.charts.futures import distribution
from kpi_lib.charts.overview import overview
from kpi_lib.charts.pace import pace
from kpi_lib.charts.record import arrivals, reliability, revisions, track_record
from kpi_lib.charts.together import together

__all__ = ["arrivals", "distribution", "fan", "overview", "pace", "reliability", "revisions", "together", "track_record"]
