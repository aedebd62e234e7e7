"""The what-if control of a line on a page and in JupyterLab: data for the script, sliders, a table of scenarios for every other reader."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from kpi_lib import compare
from kpi_lib.outlook.scenarios import (
    HALF,
    Draws,
    Lever,
    comparator_of,
    hit_exactly,
    lever_of,
    needed,
    positions,
    refusal,
    scenario,
    scenario_at,
)
from kpi_lib.outlook.verdict import BOUNDS, LOW_BOUNDS, STATUSES, Outlook
from kpi_lib.page import whatif_words as ww
from kpi_lib.page.markup import Html
from kpi_lib.page.whatif_picture import LEVELS, frame_of
from kpi_lib.words.numbers import month_names
from kpi_lib.words.texts import Text

WHATIF_MIME = "application/vnd.kpi.whatif.v1+json"


@dataclass(frozen=True, slots=True)
class Control:
    """The control of a line: data for the page's script, sliders in JupyterLab, and a table of scenarios for every other reader."""

    outlook: Outlook
    data: dict[str, Any]
    fallback: Html

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        del include, exclude
        return {
            **(_live(self) if os.environ.get("KPI_BATCH") != "1" else {}),
            WHATIF_MIME: {**self.data, "table": self.fallback.markup},
            "text/html": self.fallback.markup,
            "text/plain": self.data["words"]["title"],
        }


def _live(control: Control) -> dict[str, Any]:
    """The view of live sliders where a kernel runs and ipywidgets is there; nothing elsewhere."""
    from kpi_lib.page import desk

    return desk.view(control) if desk.can_display() else {}


def what_if(outlook: Outlook, lang: str = "vi") -> Control | Html:
    """The what-if control of one indicator; a note where none makes sense."""
    reason = refusal(outlook)
    if reason is not None:
        lead = Text("Không có kịch bản cho chỉ tiêu này: ", "No scenarios for this line: ")
        return Html(f'<p class="note quoted">{html.escape(lead[lang] + reason[lang])}</p>')
    lever = lever_of(outlook)
    data = _data(outlook, lever, lang)
    rows = [(position, scenario_at(outlook, lever, position)) for position in positions(lever)]
    return Control(outlook, data, ww.table_of(data, rows, needed(outlook, lever)))


def _data(outlook: Outlook, lever: Lever, lang: str) -> dict[str, Any]:
    """Everything the page's script needs; no markup, no code."""
    projection, draws = outlook.projection, Draws(outlook)
    base = scenario(outlook)
    limits = (outlook.indicator.lower, outlook.indicator.upper)
    people = outlook.indicator.per_population and projection.unit.population
    names, numbers = month_names(lang, projection.calendar), [projection.calendar.month_of(end)[1] for end in projection.ends]
    return {
        "id": outlook.indicator.id,
        "lang": lang,
        "name": outlook.indicator.short[lang],
        "mark": projection.unit.mark[lang] if projection.unit.mark else "",
        "measure": projection.measure[lang],
        "decimals": projection.decimals,
        "printed": {"stated": compare.STATED, "finest": compare.FINEST},
        "lever": {key: _finite(getattr(lever, key)) for key in ("mode", "start", "low", "high", "step", "ratio")},
        "lastLeft": _finite(lever.last_left),
        "people": int(projection.unit.population) if people else None,
        "achieved": draws.achieved,
        "threshold": outlook.threshold,
        "meeting": list(compare.MEETING[comparator_of(outlook)]),
        "slack": compare.slack(outlook.threshold),
        "upwards": compare.upwards(comparator_of(outlook)),
        "exact": hit_exactly(outlook),
        "chances": [list(step) for step in compare.chance_steps(projection.evidence_years)],
        "half": HALF,
        "limits": [_finite(limit) for limit in limits],
        "unit": draws.unit,
        "whole": np.diff(draws.whole, prepend=0).astype(int).tolist(),
        "base": {name: getattr(base, name) for name in ("probability", "status", "median", "low80", "high80")},
        **frame_of(outlook, lang),
        "fan": [[float(f"{value:.7g}") for value in row] for row in _fan(draws)],
        "bounds": [[bound, word] for bound, word in BOUNDS],
        "lowBounds": [[bound, word] for bound, word in LOW_BOUNDS],
        "statuses": {key: [status.name[lang], status.symbol] for key, status in STATUSES.items()},
        "words": ww.patterns(lang),
        "shiftUnit": projection.measure.difference[lang],
        "months": [[number, names[number - 1].removeprefix("T") if lang != "en" else names[number - 1]] for number in numbers],
    }


def _fan(draws: Draws) -> np.ndarray:
    """Quantiles `(ends, levels)` of what is still to come, or of the value itself; the last row is the year-end value's own."""
    projection = draws.outlook.projection
    paths = np.cumsum(projection.paths, axis=1) if draws.adds_up else projection.paths
    last = projection.draws - draws.achieved
    return np.quantile(np.column_stack([paths[:, :-1], last]), LEVELS, axis=0).T


def _finite(value: Any) -> Any:
    return value if not isinstance(value, float) or np.isfinite(value) else None
