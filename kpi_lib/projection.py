"""The projection of a year: everything known on a date in, the distribution of the year-end value out.

Every model gives paths of what is missing; a year's total, a growth rate, a share of the plan and a year-end level are functions of
them. Amounts are projected in their natural unit (đồng, enterprises, persons); `Projection.rate` turns them into the indicator's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd

from kpi_lib import observations as ob
from kpi_lib.flows import project_flow
from kpi_lib.frames import KpiError
from kpi_lib.indicators import Indicator, Unit, day, read_unit
from kpi_lib.models import MODELS
from kpi_lib.projected import Base, Projection, Task
from kpi_lib.rates import project_assessment, project_level, project_published_growth, project_zero

__all__ = ["DRAWS", "Base", "Projection", "project"]

DRAWS = 4000


def project(
    obs: pd.DataFrame,
    ind: Indicator,
    year: int,
    *,
    as_of: dt.date | str,
    model: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    unit: Unit | None = None,
) -> Projection:
    """Project the year-end value of an indicator from what was published by `as_of`.

    Parameters
    ----------
    obs : observations of one unit (`frames.OBSERVATIONS`); later vintages and other indicators may be in it and change nothing.
    model : name in `models.MODELS` to use instead of the one chosen for this history.
    seed : the same seed gives the same draws.

    Returns
    -------
    Projection; `known` is False where nothing can be projected, and `reason` says why.

    Raises
    ------
    KpiError : the frame does not say whose figures it holds; unknown model.
    """
    unit = unit or read_unit(_unit_of(obs))
    if model is not None and model not in MODELS:
        raise KpiError(f"Không có mô hình {model!r}. Các mô hình: {', '.join(MODELS)}.")
    moment = day(as_of)
    last = pd.Timestamp(moment)
    known = ob.usable(obs[(obs["indicator"] == ind.id) & (obs["published"] <= last) & (obs["end"] <= last)], unit)
    return _BY_KIND[ind.kind](Task(known, ind, unit, year, moment, model, draws, seed))


def _unit_of(obs: pd.DataFrame) -> str:
    found = obs["unit"].unique() if len(obs) else [obs.attrs.get("unit")]
    if len(found) != 1 or not found[0]:
        raise KpiError("Bảng số liệu phải thuộc đúng một đơn vị. Đọc bằng read_observations('<đơn vị>').")
    return str(found[0])


_BY_KIND: dict[str, Callable[[Task], Projection]] = {
    "flow": project_flow,
    "flow_growth": project_flow,
    "plan_share": project_flow,
    "published_growth": project_published_growth,
    "level": project_level,
    "population_share": project_level,
    "zero": project_zero,
    "assessment": project_assessment,
}
