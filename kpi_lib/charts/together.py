"""How many lines will be met together, as one picture."""

from __future__ import annotations

from typing import Any

import altair as alt

from kpi_lib import words
from kpi_lib.charts.base.axes import ground, scale
from kpi_lib.charts.base.frame import NOTHING, Cell, Figures, Frame, framed
from kpi_lib.charts.base.labels import Key, keyed
from kpi_lib.charts.base.style import BANDS, PROJECTED, QUIET, SIZE, either, layer, tips
from kpi_lib.charts.base.words import as_known
from kpi_lib.outlook.joint import Joint
from kpi_lib.outlook.values.together import counts_told, most_likely, of_counts
from kpi_lib.words.messages import Text, Words, in_context, say

HEIGHT, PHONE_HEIGHT = 190, 170


def together(joint: Joint, lang: str = "vi", *, mark: Words | None = None) -> alt.LayerChart | None:
    """The chance of every number of lines met: the most likely one and the 80% interval stand out; None for fewer than two lines."""
    if len(joint.lines) < 2:
        return None
    inner, best, counts = joint.interval(0.80), most_likely(joint.counts), counts_told(joint)
    of = len(joint.lines)
    chance = words.chance(float(joint.counts[best]), lang)
    summary = say(
        "By the chances of all {of:target|targets} that can be judged most likely {best} will be met ({chance}); 80% interval: {inner_first} to {inner}",
        lang,
        of=of,
        best=best,
        chance=chance,
        inner_first=inner[0],
        inner=inner[1],
    )
    frame = Frame(
        title=say("How many targets will be met?", lang),
        subtitle=as_known(joint.lines[0], lang),
        alt=f"{summary}.",
        caption=say("Each bar is the chance that exactly so many targets are met; counts that are hardly possible are left out.", lang),
        height=HEIGHT,
        phone_height=PHONE_HEIGHT,
        lang=lang,
        table=_figures(joint, lang),
        mark=mark,
    )
    keys = [
        Key("square", PROJECTED, say("most likely: {best} met", lang, best=best)),
        Key("square", BANDS[0.50], say("80% interval: {inner_first} to {inner}", lang, inner_first=inner[0], inner=inner[1])),
        Key("square", BANDS[0.95], say("less likely", lang)),
    ]
    return framed([*_bars(joint, counts, inner, best, lang), *keyed(keys, above=12)], frame)


def _bars(joint: Joint, counts: list[int], inner: tuple[int, int], best: int, lang: str) -> list[alt.Chart]:
    rows: list[dict[str, Any]] = [
        {
            "a": k - 0.42,
            "b": k + 0.42,
            "x": k,
            "y": 100 * float(joint.counts[k]),
            "c": PROJECTED if k == best else BANDS[0.50] if inner[0] <= k <= inner[1] else BANDS[0.95],
            "t": words.chance(float(joint.counts[k]), lang),
            "n": str(k),
            "m": words.chance(joint.at_least(k), lang) if k else NOTHING,
        }
        for k in counts
    ]
    of = len(joint.lines)
    title = say("targets met, of {of} that can be judged", lang, of=of)
    across = scale([counts[0] - 0.6, counts[-1] + 0.6])
    axis = alt.Axis(values=counts, format="d", title=title, grid=False, ticks=False, labelOverlap=False, labelFlush=False)
    top = alt.Scale(domain=[0, 1.12 * max(row["y"] for row in rows)], nice=False)
    x, y = alt.X("x:Q", scale=across, axis=axis), alt.Y("y:Q", scale=top, axis=None)
    tooltip = tips(lang, n=Text("Targets met"), t=in_context("of so many lines", "Chance"), m=Text("At least so many"))
    base = layer(rows)
    layers = [
        ground(x, y),
        base.mark_rect(opacity=1).encode(
            x=alt.X("a:Q", scale=across, axis=axis),
            x2=alt.X2("b"),
            y=y,
            y2=alt.Y2Datum(0),
            color=alt.Color("c:N", scale=None),
            tooltip=tooltip,
        ),
    ]
    for test, size, weight, colour in (("==", either(15, 13), "bold", PROJECTED), ("!=", SIZE, "normal", QUIET)):
        chosen = base.transform_filter(f"datum.x {test} {best}")
        text = chosen.mark_text(dy=-9, fontSize=size, fontWeight=weight, color=colour)  # type: ignore[arg-type]
        layers.append(text.encode(x=x, y=y, text=alt.Text("t:N")))
    return layers


def _figures(held: Joint, lang: str) -> Figures:
    """For every number of lines met: its chance, and that of at least so many."""
    columns = (say("Lines met", lang), in_context("of so many lines", "Chance")[lang], say("At least so many", lang))
    values = of_counts(held)
    rows: list[tuple[Cell, ...]] = [
        (str(k), words.likely(values, f"lines_exactly_{k}", lang), words.likely(values, f"lines_at_least_{k}", lang) if k else NOTHING)
        for k in reversed(counts_told(held))
    ]
    return Figures(columns, tuple(rows))
