"""What moves in JupyterLab: the what-if sliders of a line, and the desk at which an officer chooses line, year and date.

The same reckoning, words and picture as on the exported page; nothing is fetched. Where no kernel talks to a front end (a batch run, a
plain Python) the same objects show what stands still.
"""

from __future__ import annotations

import datetime as dt
import functools
import html
import importlib.util
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kpi_lib import words
from kpi_lib.definitions.frames import KpiError
from kpi_lib.definitions.indicators import Unit, day
from kpi_lib.definitions.targets import read_targets
from kpi_lib.narrative import outlooks as nr
from kpi_lib.outlook.scenarios import Event, lever_of, needed, quantile_of, scenario_at
from kpi_lib.outlook.verdict import STATUSES, Outlook, outlook_for
from kpi_lib.page import data, history, record, tables
from kpi_lib.page import whatif_words as ww
from kpi_lib.page.markup import Html, Stack
from kpi_lib.page.whatif import Control, what_if
from kpi_lib.page.whatif_picture import moved_rows, picture
from kpi_lib.record.replays import replay_line
from kpi_lib.record.scores import accuracy
from kpi_lib.words.texts import Text

SHEETS = [Path(__file__).resolve().parent / "templates" / "page" / name for name in ("page.css", "whatif.css")]
_WORDS = {
    "indicator": Text("Chỉ tiêu", "Line"),
    "year": Text("Năm", "Year"),
    "as_of": Text("Số liệu biết đến ngày", "As known on"),
}


def can_display() -> bool:
    """Whether a kernel runs that ipywidgets can speak to, and this is no batch run."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    running = getattr(shell, "kernel", None) is not None and os.environ.get("KPI_BATCH") != "1"
    return running and importlib.util.find_spec("ipywidgets") is not None


def view(shown: Control) -> dict[str, Any]:
    """The live sliders of a control as a notebook output, by MIME type."""
    return dict(sliders(shown)._repr_mimebundle_())


@functools.cache
def style() -> str:
    """The page's colours and its rules for fans and status words, as a style element for JupyterLab in light and dark."""
    sheet = "".join(path.read_text(encoding="utf-8") for path in SHEETS)
    light, dark = (found.replace("color-scheme: light dark;", "") for found in re.findall(r":root \{([^}]*)\}", sheet)[:2])
    rules = re.findall(r"^\.(?:status|whatif-(?:fan|chance|needed|mark|result))\b[^{]*\{[^}]*\}", sheet, flags=re.MULTILINE)
    own = (
        ".kpi-lab { color: var(--ink); line-height: 1.5; font-size: 14px; }"
        ".kpi-lab p { margin: 0 0 0.4em; } .kpi-lab .lead { font-size: 1.15em; max-width: 60em; } .kpi-lab .note { color: var(--quiet); }"
        ".kpi-lab table { border-collapse: collapse; margin: 0.3em 0 0.8em; max-width: 760px; } .kpi-lab caption { text-align: left; font-weight: 600; padding: 0.2em 0; }"
        ".kpi-lab th, .kpi-lab td { padding: 0.35em 0.8em 0.35em 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }"
        ".kpi-lab .num { text-align: right; } .kpi-lab figcaption { color: var(--quiet); } .kpi-lab svg { max-width: 100%; height: auto; }"
        ".kpi-lab figure { margin: 0; } .kpi-lab .panel { background: #fff; padding: 6px; display: inline-block; }"
        ".kpi-frame { border: 1px solid var(--jp-border-color2, #ccc); padding: 12px 16px; margin: 8px 0; max-width: 760px; }"
    )
    return f'<style>.kpi-lab {{{light}}} [data-jp-theme-light="false"] .kpi-lab {{{dark}}} {" ".join(rules)} {own}</style>'


def framed(markup: str) -> str:
    """Markup under the house style."""
    return f'<div class="kpi-lab">{markup}</div>'


def sliders(shown: Control) -> Any:
    """The what-if control as widgets: every move reckons again and redraws sentence and fan."""
    import ipywidgets as widgets

    data, lever = shown.data, lever_of(shown.outlook)
    say, wide = data["words"], widgets.Layout(width="100%")
    move = widgets.IntSlider(lever.start, lever.low, lever.high, readout=False, tooltip=say[lever.mode], layout=wide)
    where, answer = widgets.HTML(), widgets.HTML()
    amount = widgets.FloatText(0, description=say["amount"].format(data["measure"]), style=_natural(), layout=wide)
    month = widgets.Dropdown(
        options=[(name, number) for number, name in data["months"]],
        value=data["months"][-1][0],
        description=say["month"],
        style=_natural(),
    )
    chance = widgets.IntSlider(100, 0, 100, 5, description=f"{say['chance']} (%)", style=_natural(), layout=wide)
    reset = widgets.Button(description=say["reset"], layout=widgets.Layout(width="max-content", margin="8px 0"))

    def redraw(_change: object = None) -> None:
        event = Event(amount.value, month.value, chance.value / 100)
        where.value = framed(f"<b>{html.escape(ww.position_text(data, move.value))}</b>")
        answer.value = framed(answer_markup(shown, move.value, event))

    def start(_button: object) -> None:
        move.value, amount.value, month.value, chance.value = lever.start, 0.0, data["months"][-1][0], 100

    for part in (move, amount, month, chance):
        part.observe(redraw, names="value")
    reset.on_click(start)
    redraw()
    lead = widgets.HTML(style() + framed(f"<b>{html.escape(say[lever.mode])}</b>"))
    event_lead = widgets.HTML(framed(f"<b>{html.escape(say['event'])}</b>"))
    events = [] if lever.mode == "shift" else [event_lead, amount, month, chance]
    box = widgets.VBox([lead, move, where, *events, reset, answer])
    box.add_class("kpi-frame")
    return box


def _natural() -> dict[str, str]:
    return {"description_width": "initial"}


def answer_markup(shown: Control, position: int, event: Event | None = None) -> str:
    """What the control says at a position, with its fan: chance, year, what is still to come, the position needed for 50 %."""
    data, outlook, lever = shown.data, shown.outlook, lever_of(shown.outlook)
    event = event if lever.mode != "shift" and event and event.amount * event.chance else None
    moved = position != lever.start or event is not None
    found = scenario_at(outlook, lever, position, event)
    status, chance = STATUSES[found.status], words.chance(found.probability, data["lang"])
    badge = f'<span class="status status-{status.key}">{status.symbol} {html.escape(status.name[data["lang"]])}</span>'
    lines = ww.result_texts(data, found, moved=moved)
    said = [f'<p class="whatif-chance"><span>{html.escape(data["words"]["probability"])}: </span><strong>{chance}</strong> {badge}</p>']
    said += [f"<p>{html.escape(line)}</p>" for line in lines]
    half = ww.needed_text(data, needed(outlook, lever, event=event))
    said.append(f'<p class="whatif-needed">{html.escape(half)}</p>' if half else "")
    said.append(f'<p class="whatif-mark">{html.escape(data["words"]["scenario"])}</p>' if moved else "")
    value = lever.value(position)
    sums = (event.amount, event.month, event.chance) if event else (0.0, data["last"], 0.0)
    rows = moved_rows(data, value, sums, quantile_of(outlook, value, event) if moved else None)
    label = f"{data['name']}: {data['words']['probability']} {chance}, {status.name[data['lang']]}. {lines[0]}"
    keys = ww.keys_text(data, moved=moved)
    drawn = picture(data, rows, found.median, moved=moved, label=label)
    return f'{"".join(said)}<div class="whatif-fan">{drawn}</div><p class="note">{html.escape(keys)}</p>'


# ---- the desk --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the desk as a notebook cell shows it: live where it can be, else as it stands."""

    live: Any
    still: Callable[[], Stack]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.live if self.live is not None else self.still())


class Desk:
    """The line chosen and everything shown of it; its parts redraw when indicator, year or date is chosen anew.

    `item` is the outlook of the line chosen. `chooser`, `history`, `rules` are what notebook cells show.
    """

    def __init__(self, obs: pd.DataFrame, unit: Unit, indicator: str, year: int, as_of: dt.date, lang: str) -> None:
        self.obs, self.unit, self.lang = obs, unit, lang
        self.choice = (indicator, year, as_of)
        self.item = self._judged()
        self._boxes: dict[str, Any] = {}
        if can_display():
            self._build()

    @property
    def chooser(self) -> Part:
        """The three choices, then the verdict, its fan, the what-if and the figures of the line."""
        return Part(self._boxes.get("chooser"), lambda: Stack(self._line()))

    @property
    def history(self) -> Part:
        """The line's past."""
        return Part(self._boxes.get("history"), lambda: Stack(self._past()))

    @property
    def rules(self) -> Part:
        """The projection beside the office rules, now and replayed over past years."""
        return Part(self._boxes.get("rules"), lambda: Stack(self._compared()))

    def choose(self, indicator: str, year: int, as_of: dt.date | str) -> None:
        """Take another line, year or date, and redraw."""
        self.choice = (indicator, year, day(as_of))
        try:
            self.item = self._judged()
        except KpiError as error:
            if "line" in self._boxes:
                _fill(self._boxes["line"], (Html(f'<p class="note">{html.escape(str(error))}</p>'),))
        else:
            self._redraw()

    def _redraw(self) -> None:
        for name, parts in (("line", self._line), ("history", self._past), ("rules", self._compared)):
            if name in self._boxes:
                _fill(self._boxes[name], parts())

    def _judged(self) -> Outlook:
        indicator, year, as_of = self.choice
        if indicator not in self.unit.indicators:
            raise KpiError(f"{self.unit.id} không theo dõi chỉ tiêu {indicator!r}; có: {', '.join(self.unit.indicators)}")
        return outlook_for(self.obs, self.unit, self.unit.indicators[indicator], year, as_of=as_of)

    def _line(self) -> tuple[object, ...]:
        from kpi_lib import charts

        return (
            nr.outlook_sentence(self.item, self.lang),
            charts.fan(self.item, self.lang),
            what_if(self.item, self.lang),
            tables.facts(self.item, self.lang),
        )

    def _past(self) -> tuple[object, ...]:
        return (history.picture(self.item, self.lang), data.sources(self.obs, self.item, self.lang))

    def _compared(self) -> tuple[object, ...]:
        _, year, as_of = self.choice
        parts: list[object] = [history.rules(self.item, self.lang)]
        if not self.item.indicator.kind.once_a_year:
            errors = replay_line(self.obs, self.item.indicator, self.unit, year, as_of=as_of)
            if len(errors):
                parts.append(record.scores(accuracy(errors, by=("indicator", "model")), self.unit, self.lang))
        return tuple(parts)

    def _build(self) -> None:
        import ipywidgets as widgets

        indicator, year, as_of = self.choice
        lines = [(f"({ind.number}) {ind.short[self.lang]}", key) for key, ind in self.unit.indicators.items()]
        known = {int(y) for y in read_targets(self.unit.id)["year"]} | {year}
        wide = widgets.Layout(width="22em")
        line = widgets.Dropdown(options=lines, value=indicator, description=_WORDS["indicator"][self.lang], style=_natural(), layout=wide)
        years = widgets.Dropdown(
            options=[(self.unit.year_name(y), y) for y in sorted(known)],
            value=year,
            description=_WORDS["year"][self.lang],
            style=_natural(),
        )
        moment = widgets.DatePicker(value=as_of, description=_WORDS["as_of"][self.lang], style=_natural())
        for box in (years, moment):
            box.layout.width = "auto"

        def chosen(_change: object) -> None:
            if moment.value is not None:
                self.choose(line.value, years.value, moment.value)

        for part in (line, years, moment):
            part.observe(chosen, names="value")
        self._boxes = {name: widgets.VBox() for name in ("line", "history", "rules")}
        head = widgets.HBox([line, years, moment], layout=widgets.Layout(flex_flow="row wrap"))
        self._boxes["chooser"] = widgets.VBox([widgets.HTML(style()), head, self._boxes["line"]])
        self._redraw()


def planning_desk(obs: pd.DataFrame, unit: Unit, *, indicator: str, year: int, as_of: dt.date | str, lang: str = "vi") -> Desk:
    """Open the desk on a line. `obs` are all figures of the unit, so that a later date can be chosen, too.

    Raises
    ------
    KpiError : the unit does not track the indicator.
    """
    return Desk(obs, unit, indicator, year, day(as_of), lang)


def _fill(box: Any, parts: tuple[object, ...]) -> None:
    """Show other parts in a box; what stood there is closed, so that a day of choosing leaves nothing behind."""
    old, box.children = box.children, [_widget(part) for part in parts if part is not None]
    for widget in old:
        _close(widget)


def _close(widget: Any) -> None:
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()


def _widget(part: Any) -> Any:
    """A sentence, table, chart or control as a widget."""
    import ipywidgets as widgets

    if isinstance(part, Control):
        return sliders(part)
    if hasattr(part, "to_dict"):
        from kpi_lib.charts.base.drawing import to_svg

        spec = part.to_dict()
        return widgets.HTML(framed(f'<div class="panel">{to_svg(spec, (spec["usermeta"]["kpi"]).get("lang", "vi"))}</div>'))
    return widgets.HTML(style() + framed(part._repr_html_()))
