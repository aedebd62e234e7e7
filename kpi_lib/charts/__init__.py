"""One file a chart, found by its name; what they share stands in `base`. `kpi.charts.fan(outlook)` draws one."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

__all__ = sorted(module.name for module in iter_modules(__path__) if not module.ispkg)
globals().update({name: getattr(import_module(f"{__name__}.{name}"), name) for name in __all__})

if TYPE_CHECKING:
    from collections.abc import Callable

    import altair as alt

    def __getattr__(name: str) -> Callable[..., alt.LayerChart | None]: ...
