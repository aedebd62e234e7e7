"""What a chart says: its data, its words, its alternative text. How it looks is for eyes."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest

from kpi_lib import charts, page, words
from kpi_lib import narrative as nr
from kpi_lib.charts.arrivals import CELLS
from kpi_lib.charts.base import drawing, labels, style
from kpi_lib.definitions.columns import check
from kpi_lib.definitions.frames import ERRORS, LEDGER, OBSERVATIONS
from kpi_lib.definitions.indicators import INDICATORS, Unit
from kpi_lib.definitions.measures import PLAN_PERCENT
from kpi_lib.definitions.targets import Target
from kpi_lib.figures import histories
from kpi_lib.forecast.projection import Projection
from kpi_lib.outlook.joint import joint
from kpi_lib.outlook.season import taken_apart
from kpi_lib.outlook.values import course
from kpi_lib.outlook.verdict import Outlook, assess, status_word
from kpi_lib.periods import month_end
from kpi_lib.words.messages import Named

AS_OF = dt.date(2025, 10, 15)
UNIT = Unit(
    "thu", Named(vi="Tỉnh Thử", en="Test province"), "province", "", 100_000, "", False, (), INDICATORS, MappingProxyType({}), (), Named(""), Named("")
)  # fmt: skip
PUNCTUAL = replace(UNIT, deadline_day=6, deadline_next_month=True, deadline_document="Quyết định 1/QĐ")
ILLUSTRATIVE = replace(UNIT, illustrative=True)
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]")
ENGLISH = re.compile(r"\b(the|target|projected|actual|estimate|median|figures?|published|chance|year)\b", re.IGNORECASE)


def point(day: str, value: float, status: str = "actual") -> histories.Point:
    end = dt.date.fromisoformat(day)
    return histories.Point(end, value, status, end + dt.timedelta(days=6), "deliveries/a.csv:F2")


def goal(ind: str, threshold: float, comparator: str = ">=", version: str = "adopted") -> Target:
    return Target(ind, 2025, threshold, comparator, "indicator", version, "NQ", "", dt.date(2024, 12, 10), False, 1, "exact", "x")


def projection(ind: str = "new_enterprises", *, unit: Unit = UNIT, **more: Any) -> Projection:
    """Nine months of a flow seen, three to come."""
    rng = np.random.default_rng(1)
    steps = np.round(rng.normal(200, 30, (500, 3)))
    seen = tuple(point(month_end(2025, m).isoformat(), 170.0 * m, "estimate" if m == 9 else "actual") for m in range(1, 10))
    values: dict[str, Any] = {
        "model": "structural",
        "reason": Named(vi="Lý do.", en="Reason."),
        "draws": 1530 + steps.sum(axis=1),
        "ends": tuple(month_end(2025, m) for m in (10, 11, 12)),
        "paths": steps,
        "seen": seen,
        "past": {2024: tuple(point(month_end(2024, m).isoformat(), 160.0 * m) for m in range(1, 13))},
        "evidence_years": 5,
        "straight_line": 2040.0,
    } | more
    indicator = INDICATORS[ind]
    return Projection(unit, indicator, 2025, AS_OF, indicator.measure, **values)


def year_of(year: int, *shares: float, total: float = 1000.0) -> tuple[histories.Point, ...]:
    """A past year that had reached these shares of its total by the ends of equal parts of it."""
    months = 12 // len(shares)
    return tuple(point(month_end(year, months * (i + 1)).isoformat(), share * total) for i, share in enumerate(shares))


QUARTERS = {2022: year_of(2022, 0.20, 0.45, 0.70, 1.0), 2023: year_of(2023, 0.24, 0.49, 0.66, 1.0, total=1500.0)}


def seasonal(year: int, odd: int = 0) -> tuple[histories.Point, ...]:
    """A year that brings more every month, most of all in December; a month that is odd brings 400 more."""
    amounts = [
        100.0 + 2 * (12 * (year - 2021) + m) + (60 if m == 12 else 0) + (400 if m == odd else 0) + (m * 7 + year) % 5 for m in range(1, 13)
    ]
    return tuple(point(month_end(year, m).isoformat(), sum(amounts[:m])) for m in range(1, 13))


MONTHLY = {year: seasonal(year, odd=5 if year == 2023 else 0) for year in (2021, 2022, 2023, 2024)}


def level(**more: Any) -> Projection:
    rng = np.random.default_rng(2)
    paths = np.clip(95.3 + rng.normal(0, 0.4, (500, 3)).cumsum(axis=1), 0, 100)
    values: dict[str, Any] = {
        "draws": paths[:, -1].copy(),
        "paths": paths,
        "seen": (point("2025-09-30", 95.3),),
        "past": {2024: (point("2024-12-31", 95.0),)},
        "straight_line": float("nan"),
    }
    return projection("health_insurance_coverage", **(values | more))


def complete() -> Projection:
    full = tuple(point(month_end(2025, m).isoformat(), 170.0 * m) for m in range(1, 13))
    return projection(seen=full, draws=np.full(500, 2040.0), paths=np.empty((0, 0)), ends=(), complete=True)


def flow_outlook(threshold: float = 2100, **more: Any) -> Outlook:
    return assess(projection(**more), goal("new_enterprises", threshold))


def level_outlook() -> Outlook:
    return assess(level(), goal("health_insurance_coverage", 95.5))


def zero_outlook() -> Outlook:
    draws = np.repeat([0.0, 1.0, 2.0, 3.0], [200, 150, 100, 50])
    made = projection(
        "poor_households",
        draws=draws,
        paths=draws[:, None],
        ends=(dt.date(2025, 12, 31),),
        seen=(point("2025-06-30", 3.0),),
        past={},
        straight_line=float("nan"),
    )
    return assess(made, goal("poor_households", 0, "="))


def errors(n_years: int = 4) -> pd.DataFrame:
    rows = []
    for year in range(2025 - n_years, 2025):
        for month in (4, 7, 10):
            for model, shift in (("chosen", 10.0), ("straight_line", -90.0)):
                rows.append({
                    "unit": "thu", "indicator": "new_enterprises", "year": year, "as_of": f"{year}-{month:02d}-15", "periods_seen": month - 1.0, "model": model,
                    "projected": 2000.0 + shift, "low80": 1900.0, "high80": 2100.0, "low95": 1850.0, "high95": 2150.0, "crps": 20.0, "outturn": 2000.0,
                    "error": shift, "scale": 2000.0, "probability": 0.3 + 0.15 * (year % 4), "met": float(year % 2),
                })  # fmt: skip
    return check(pd.DataFrame(rows).astype(object), ERRORS)


def delivered(ind: str = "new_enterprises", months: int = 9) -> pd.DataFrame:
    rows = []
    for month in range(1, months + 1):
        end = month_end(2025, month)
        for status, value, days in (("estimate", 100.0 + month, 6), ("actual", 102.0, 36)):
            if month == months and status == "actual":
                continue
            rows.append({
                "unit": "thu", "indicator": ind, "basis": "month", "period": f"2025-{month:02d}", "value": value, "measure": INDICATORS[ind].measure["vi"],
                "status": status, "published": end + dt.timedelta(days=days), "source": "x", "start": end.replace(day=1), "end": end,
                "file": "deliveries/a.csv", "cell": "F2",
            })  # fmt: skip
    return check(pd.DataFrame(rows).astype(object), OBSERVATIONS)


@pytest.fixture(autouse=True)
def folder_of_the_unit(make_unit: Callable[..., str]) -> None:
    """The unit of these charts has a folder without figures or targets: what is followed is asked of its register."""
    make_unit([])


CHARTS = {
    "fan of a flow": lambda lang: charts.fan(flow_outlook(), lang),
    "fan with the target’s profile": lambda lang: charts.fan(flow_outlook(past=QUARTERS), lang),
    "pace": lambda lang: charts.pace(flow_outlook(past=QUARTERS), lang),
    "pace against one year": lambda lang: charts.pace(flow_outlook(), lang),
    "pace of a complete year": lambda lang: charts.pace(assess(replace(complete(), past=QUARTERS), goal("new_enterprises", 2100)), lang),
    "lines together": lambda lang: charts.together(joint([flow_outlook(), level_outlook(), zero_outlook()]), lang),
    "fan of a complete year": lambda lang: charts.fan(assess(complete(), goal("new_enterprises", 2100)), lang),
    "fan of a level": lambda lang: charts.fan(level_outlook(), lang),
    "fan of a count": lambda lang: charts.fan(zero_outlook(), lang),
    "years over one another": lambda lang: charts.history(flow_outlook(past=QUARTERS), lang),
    "a level through the years": lambda lang: charts.history(level_outlook(), lang),
    "months over one another": lambda lang: charts.months(flow_outlook(past=QUARTERS | MONTHLY), lang),
    "trend, season and the rest": lambda lang: charts.parts(flow_outlook(past=MONTHLY), lang),
    "distribution": lambda lang: charts.distribution(flow_outlook(), lang),
    "distribution of a count": lambda lang: charts.distribution(zero_outlook(), lang),
    "overview": lambda lang: charts.overview([flow_outlook(), level_outlook(), zero_outlook()], lang),
    "track record": lambda lang: charts.track_record(errors(), lang, unit=UNIT),
    "how the answer walked": lambda lang: charts.walk(flow_outlook(), reports(0.4, 0.7), lang),
    "few chances": lambda lang: charts.reliability(errors(), lang, unit=UNIT),
    "many chances": lambda lang: charts.reliability(errors(16), lang, unit=UNIT),
    "revisions": lambda lang: charts.revisions(delivered(), INDICATORS["new_enterprises"], lang, unit=UNIT),
    "arrivals": lambda lang: charts.arrivals(delivered(), UNIT, 2025, AS_OF, lang),
}
every_chart = pytest.mark.parametrize("name", CHARTS)
both_languages = pytest.mark.parametrize("lang", ["vi", "en"])


@functools.cache
def built(name: str, lang: str = "vi") -> dict[str, Any]:
    return spec_of(CHARTS[name](lang))


def spec_of(chart: Any) -> dict[str, Any]:
    assert chart is not None
    return chart.to_dict()


def rows_with(spec: dict[str, Any], *fields: str) -> list[dict[str, Any]]:
    """Rows of the first embedded table that has these fields."""
    return next(rows for rows in spec["datasets"].values() if rows and set(fields) <= rows[0].keys())


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for child in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from nodes(child)


def words_of(spec: dict[str, Any]) -> str:
    """Everything a reader reads or hears, labels in the data included."""
    own = spec["usermeta"]["kpi"]
    said = [str(cell) for row in [own["table"]["columns"], *own["table"]["rows"]] for cell in row if isinstance(cell, str)]
    said += [cell["text"] for row in own["table"]["rows"] for cell in row if isinstance(cell, dict)]
    said += [spec["description"], own["caption"], *spec["title"]["text"], *spec["title"]["subtitle"], *own["narrow"]["title"]["text"]]
    for node in nodes({"layer": spec["layer"]}):
        said += [str(node[key]) for key in ("title", "text", "labelExpr", "calculate") if isinstance(node.get(key), str)]
    said += [
        value
        for rows in spec["datasets"].values()
        for row in rows
        for key, value in row.items()
        if isinstance(value, str) and value not in CELLS
    ]
    return "\n".join(said)


# ------------------------------------------------------------------------------------------------------------------------ every chart


def test_every_chart_has_a_file_of_its_own_and_stands_on_the_face_and_here():
    files = {path.stem for path in Path(charts.__file__).parent.glob("*.py")} - {"__init__"}
    homes = [getattr(charts, name).__module__.rpartition(".")[2] for name in charts.__all__]
    assert sorted(homes) == sorted(files)
    assert {name for made in CHARTS.values() for name in made.__code__.co_names} >= set(charts.__all__)


@every_chart
@both_languages
def test_every_text_is_in_the_language_asked_for(name: str, lang: str):
    wording = words_of(built(name, lang))
    other = (VIETNAMESE if lang == "en" else ENGLISH).search(wording.replace("billion đồng", ""))
    assert not other, wording[max(0, other.start() - 40) : other.end() + 40]


@every_chart
def test_two_builds_give_equal_bytes(name: str):
    assert json.dumps(built(name)) == json.dumps(spec_of(CHARTS[name]("vi")))


@every_chart
def test_a_chart_written_down_unchecked_is_the_checked_one(name: str):
    written = drawing._unchecked(CHARTS[name]("vi"))[drawing.CHART_MIME]
    assert json.loads(json.dumps(written)) == json.loads(json.dumps(built(name)))


def test_a_copy_of_a_layer_shares_its_rows_and_none_of_its_settings():
    layer = style.Layer(style.values([{"x": 1.0}])).mark_rule()
    wide = copy.deepcopy(layer).properties(width=5)
    assert wide.data is layer.data and wide.width == 5 and layer.width is alt.Undefined


def sizes(spec: dict[str, Any]) -> tuple[int, int]:
    """Bytes of the drawing and of the table behind it."""
    whole, table = (len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode()) for part in (spec, table_of(spec)))
    return whole - table, table


def table_of(spec: dict[str, Any]) -> dict[str, Any]:
    return dict(spec["usermeta"]["kpi"]["table"])


@every_chart
def test_a_specification_stays_small(name: str):
    drawing, table = sizes(built(name))
    assert drawing < 30_000
    assert table < 20_000


def test_a_calendar_full_of_figures_stays_small():
    obs = pd.concat([delivered(key, 12).assign(unit="thu") for key in UNIT.indicators], ignore_index=True)
    drawing, table = sizes(spec_of(charts.arrivals(obs, UNIT, 2025, dt.date(2026, 2, 15))))
    assert drawing < 30_000
    assert table < 32_000


@every_chart
def test_no_draws_are_embedded(name: str):
    assert max(len(rows) for rows in built(name)["datasets"].values()) <= 240


@every_chart
def test_tooltips_speak_in_words(name: str):
    for node in nodes(built(name)):
        for tip in node.get("tooltip") or [] if isinstance(node.get("tooltip"), list) else []:
            assert tip["type"] == "nominal", "numbers and days are written out, so that no locale or time zone can change them"
            assert tip["title"] != tip["field"]
            assert not {tip["title"].lower(), tip["field"]} & {"image", "title", "url", "href"}


@every_chart
def test_no_axis_is_temporal(name: str):
    assert all(node.get("type") != "temporal" for node in nodes(built(name)))


@every_chart
def test_a_chart_has_alternative_text_a_caption_and_a_phone_version(name: str):
    spec = built(name)
    own = spec["usermeta"]["kpi"]
    assert len(spec["description"]) > 40
    assert own["caption"]
    assert own["lang"] == "vi"
    assert own["narrow"]["params"] == [{"name": "phone", "value": True}]
    assert spec["params"] == [{"name": "phone", "value": False}]


@every_chart
def test_every_chart_brings_the_figures_behind_it(name: str):
    table = table_of(built(name))
    numbers = [cell for row in table["rows"] for cell in row if isinstance(cell, dict) and "value" in cell]
    assert numbers
    assert all(len(row) == len(table["columns"]) for row in table["rows"])
    assert all(isinstance(row[0], str) and row[0] for row in table["rows"]), "the first cell names the row"
    assert all(cell.keys() == {"value", "text", "label", "of", "share"} and cell["label"] and cell["of"] for cell in numbers)
    assert all(isinstance(cell["value"], float) and np.isfinite(cell["value"]) and cell["text"] for cell in numbers)
    names = [(cell["of"], cell["label"], cell["value"]) for cell in numbers]
    assert len({name[:2] for name in names}) == len(set(names)), "one name has one value"


@every_chart
@pytest.mark.parametrize(("width", "paper"), [(None, 662), (drawing.COMPACT_WIDTH, 307)], ids=["whole column", "half a column"])
def test_on_paper_no_letter_is_smaller_than_six_and_a_half_points(name: str, width: int | None, paper: int):
    svg = drawing.to_svg(built(name), width=width)
    drawn = float(re.search(r'width="([\d.]+)"', svg)[1])
    pixels = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
    marks = 19 if width else 40
    assert 0.75 * min(size for size in pixels if size != marks) * min(1, paper / drawn) >= 6.5, (drawn, sorted(set(pixels)))


def test_illustrative_figures_are_marked_everywhere():
    spec = spec_of(charts.fan(flow_outlook(unit=ILLUSTRATIVE)))
    mark = "SỐ LIỆU MINH HỌA"
    assert spec["title"]["text"][0].startswith(mark)
    assert spec["usermeta"]["kpi"]["narrow"]["title"]["text"][0].startswith(mark)
    assert spec["description"].startswith(mark)
    assert spec["usermeta"]["kpi"]["caption"].startswith(mark)
    assert any(node.get("text") == mark for node in nodes(spec["layer"])), "and across the plot itself"


def test_a_real_unit_carries_no_mark():
    assert "MINH HỌA" not in json.dumps(spec_of(charts.fan(flow_outlook())), ensure_ascii=False)


def test_status_colours_are_those_of_the_page():
    css = (Path(page.__file__).parent / "templates/page/page.css").read_text(encoding="utf-8")
    paper = dict(re.findall(r"--([\w-]+): (#\w{6})", css.split("@media")[0]))
    for key, colour in style.STATUS_COLOURS.items():
        rule = re.search(rf"\.status-{key}\b[^{{]*\{{ color: var\(--([\w-]+)\); background: var\(--([\w-]+)\)", css)
        assert rule, key
        assert colour == paper[rule[2] if rule[1] == "raised" else rule[1]], key


@pytest.mark.parametrize("colour", sorted({*style.STATUS_COLOURS.values(), style.PROJECTED, style.TARGET, style.QUIET}))
def test_coloured_words_can_be_read_on_white(colour: str):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    light = sum(
        w * (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4) for w, p in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )
    assert 1.05 / (light + 0.05) >= 4.5


def test_labels_keep_their_distance_and_their_order():
    rng = np.random.default_rng(0)
    for _ in range(200):
        heights = list(rng.uniform(0, 300, rng.integers(1, 8)))
        placed = labels.apart(heights, 16, 4, 312)
        ordered = [placed[i] for i in np.argsort(heights)]
        assert all(b - a >= 16 - 0.02 for a, b in itertools.pairwise(ordered))
        assert min(placed) >= 4 - 0.02
        assert max(placed) <= 312 + 0.02


# --------------------------------------------------------------------------------------------------------------------------- the fan


def bands(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return rows_with(spec, "a50", "b50", "a95")


@pytest.mark.parametrize("outlook", [flow_outlook(), level_outlook(), zero_outlook()], ids=["flow", "level", "count"])
def test_the_bands_nest(outlook: Outlook):
    for row in bands(spec_of(charts.fan(outlook))):
        assert row["a95"] <= row["a80"] <= row["a50"] <= row["y"] <= row["b50"] <= row["b80"] <= row["b95"]


def test_each_band_is_drawn_between_its_own_quantiles_and_the_widest_at_the_back():
    drawn = [layer["encoding"] for layer in spec_of(charts.fan(flow_outlook()))["layer"] if layer.get("mark", {}).get("type") == "area"]
    assert [(encoding["y"]["field"], encoding["y2"]["field"]) for encoding in drawn] == [("a95", "b95"), ("a80", "b80"), ("a50", "b50")]


@pytest.mark.parametrize("outlook", [flow_outlook(), level_outlook(), zero_outlook()], ids=["flow", "level", "count"])
def test_the_fan_ends_at_the_quantiles_of_the_projection(outlook: Outlook):
    last = bands(spec_of(charts.fan(outlook)))[-1]
    assert last["x"] == 12
    assert last["y"] == pytest.approx(outlook.projection.quantile(0.5), rel=1e-6)
    for percent in (50, 80, 95):
        assert (last[f"a{percent}"], last[f"b{percent}"]) == pytest.approx(outlook.projection.interval(percent / 100), rel=1e-6)


def test_the_fan_opens_at_the_last_known_figure():
    first = bands(spec_of(charts.fan(flow_outlook())))[0]
    assert (first["x"], first["a95"], first["b95"]) == (9, 1530, 1530)


def test_the_target_line_stands_at_the_threshold():
    drawn = [rows for rows in spec_of(charts.fan(flow_outlook(2100)))["datasets"].values() if rows and rows[0].keys() == {"x", "y"}]
    assert [rows[0] | {"x": rows[1]["x"]} for rows in drawn if len(rows) == 2 and rows[0]["y"] == rows[1]["y"]] == [{"x": 12, "y": 2100}]


def test_another_version_of_the_target_has_its_own_line():
    outlook = assess(projection(), goal("new_enterprises", 2100), others=(goal("new_enterprises", 2300, version="ambition"),))
    wording = words_of(spec_of(charts.fan(outlook)))
    assert "Phấn đấu 2.300" in wording
    assert "Mục tiêu 2.100" in wording


@both_languages
def test_the_alternative_text_says_the_median_the_target_and_the_chance(lang: str):
    outlook = flow_outlook()
    said = spec_of(charts.fan(outlook, lang))["description"]
    assert nr.plain_foreseen(outlook.projection.quantile(0.5), outlook, lang) in said
    assert nr.threshold_text(outlook, lang) in said
    assert words.chance(outlook.probability, lang) in said


# ------------------------------------------------------------------------------------------------------------------ the years before


def test_every_year_is_a_line_of_its_own_and_the_judged_one_the_heaviest():
    marks = [layer.get("mark", {}) for layer in spec_of(charts.history(flow_outlook(past=QUARTERS)))["layer"]]
    drawn = [mark for mark in marks if mark.get("type") == "line"]
    assert len(drawn) == 3
    assert drawn[-1]["strokeWidth"] == max(mark["strokeWidth"] for mark in drawn) and drawn[-1]["color"] == style.INK


def test_the_years_begin_at_nought_and_a_whole_one_is_named_at_the_end():
    spec = spec_of(charts.history(flow_outlook(past=QUARTERS)))
    assert rows_with(spec, "x", "y")[0] == {"x": 0.0, "y": 0.0}
    assert {"2022 1.000", "2023 1.500", "Mục tiêu 2.100"} <= {row["t"] for row in rows_with(spec, "t", "v")}
    assert "2025" in words_of(spec), "the year that still runs stands where its line ends"


def test_a_level_is_one_line_of_every_figure_up_to_the_last():
    spec = spec_of(charts.history(level_outlook()))
    assert [[cell["value"] for cell in row if isinstance(cell, dict)] for row in table_of(spec)["rows"]] == [[95.0], [95.3]]
    assert sum(layer.get("mark", {}).get("type") == "line" for layer in spec["layer"]) == 1


def test_without_a_figure_there_is_no_history():
    assert charts.history(assess(projection(seen=(), past={}), goal("new_enterprises", 2100))) is None


def behind(spec: dict[str, Any]) -> dict[str, float]:
    return {cell["label"]: cell["value"] for row in table_of(spec)["rows"] for cell in row if isinstance(cell, dict) and "value" in cell}


def test_the_table_behind_the_fan_holds_what_is_drawn_under_the_names_of_the_outlook():
    outlook = flow_outlook(past=QUARTERS | {2024: year_of(2024, *(m / 12 for m in range(1, 13)), total=1920.0)})
    found, last = behind(spec_of(charts.fan(outlook))), outlook.projection
    assert found["seen@2025-09-30"] == last.achieved == 1530
    assert found["fan50@2025-12-31"] == last.quantile(0.5)
    assert (found["low80@2025-12-31"], found["high80@2025-12-31"]) == last.interval(0.80)
    assert found["past@2024-06-30"] == 960
    assert (found["threshold"], found["straight_line"]) == (2100, 2040)
    assert found["plan@2025-09-30"] == pytest.approx(2100 * (0.70 + 0.66 + 0.75) / 3)
    assert not any(key.startswith("fan50@2025-09") for key in found), "what is known is not projected"


def test_the_table_behind_a_level_names_each_day_by_its_own_year():
    found = behind(spec_of(charts.fan(level_outlook())))
    assert (found["past@2024-12-31"], found["seen@2025-09-30"]) == (95.0, 95.3)


# ------------------------------------------------------------------------------------------------------------ the pace of past years


def test_the_usual_share_is_the_mean_of_the_complete_years():
    made = projection(past=QUARTERS)
    assert course.usual_shares(made) == pytest.approx({3: 0.22, 6: 0.47, 9: 0.68, 12: 1.0})
    assert course.plan_profile(assess(made, goal("new_enterprises", 2000))) == pytest.approx({3: 440, 6: 940, 9: 1360, 12: 2000})


def test_years_without_an_end_set_no_pace():
    cut = {**QUARTERS, 2024: year_of(2024, 0.9, 0.95, 0.99, 1.0)[:3]}
    assert course.usual_shares(projection(past=cut)) == course.usual_shares(projection(past=QUARTERS))


def test_a_month_needs_two_years_with_a_figure_near_its_end():
    near = (*QUARTERS[2022][:2], point("2022-10-03", 700.0), QUARTERS[2022][-1])
    far = (*QUARTERS[2022][:2], point("2022-10-15", 700.0), QUARTERS[2022][-1])
    assert course.usual_shares(projection(past={**QUARTERS, 2022: near}))[9] == pytest.approx(0.68)
    assert 9 not in course.usual_shares(projection(past={**QUARTERS, 2022: far}))


@pytest.mark.parametrize("past", [{}, {2024: QUARTERS[2023]}, {2022: QUARTERS[2022]}, {y: p[-1:] for y, p in QUARTERS.items()}])
def test_one_year_or_years_known_by_their_ends_alone_set_no_profile(past: dict[int, Any]):
    outlook = flow_outlook(past=past)
    assert course.usual_shares(outlook.projection) == {}
    assert course.plan_profile(outlook) == {}
    assert "nhịp các năm trước" not in words_of(spec_of(charts.fan(outlook)))


def test_only_the_last_five_years_set_the_pace():
    old = {year: year_of(year, 0.9, 0.95, 0.99, 1.0) for year in range(2010, 2020)}
    new = {year: year_of(year, 0.25, 0.5, 0.75, 1.0) for year in range(2020, 2025)}
    assert course.usual_shares(projection(past=old | new)) == pytest.approx({3: 0.25, 6: 0.5, 9: 0.75, 12: 1.0})


def test_scaling_the_past_leaves_the_pace():
    scaled = {y: tuple(replace(p, value=7 * p.value) for p in points) for y, points in QUARTERS.items()}
    assert course.usual_shares(projection(past=scaled)) == pytest.approx(course.usual_shares(projection(past=QUARTERS)))


def test_the_target_s_profile_ends_at_the_target_and_has_a_key():
    spec = spec_of(charts.fan(flow_outlook(2100, past=QUARTERS)))
    lines = [rows for rows in spec["datasets"].values() if len(rows) == 5 and rows[0] == {"x": 0, "y": 0}]
    assert [rows[-1] for rows in lines] == [{"x": 12, "y": 2100}]
    assert "nhịp các năm trước để đạt mục tiêu" in words_of(spec)


def test_a_ceiling_has_no_profile_and_no_pace():
    outlook = assess(projection(past=QUARTERS), goal("new_enterprises", 2100, "<="))
    assert course.plan_profile(outlook) == {}
    assert charts.pace(outlook) is None


def test_the_alternative_text_of_the_pace_says_where_this_year_and_past_years_stood():
    spec = spec_of(charts.pace(flow_outlook(2100, past=QUARTERS)))
    assert "Hết tháng 9 đạt 72,9% mục tiêu; các năm trước lúc này đạt 66,0–70,0% cả năm" in spec["description"]
    assert (
        "By the end of September 72.9% of the target is reached; past years had by then reached 66.0–70.0%"
        in spec_of(charts.pace(flow_outlook(2100, past=QUARTERS), "en"))["description"]
    )
    assert behind(spec)["share@2025-09-30"] == pytest.approx(1530 / 2100)
    assert (behind(spec)["share@2022-09-30"], behind(spec)["usual_share@2025-09-30"]) == pytest.approx((0.70, 0.68))


def test_every_year_of_the_pace_ends_at_its_own_total():
    rows = rows_with(spec_of(charts.pace(flow_outlook(past=QUARTERS))), "s", "x", "y")
    assert {(row["s"], row["y"]) for row in rows if row["x"] == 12} == {(2022, 100), (2023, 100)}


@pytest.mark.parametrize("outlook", [
    level_outlook(), zero_outlook(), flow_outlook(past={}), assess(projection(), None), flow_outlook(seen=()),
    flow_outlook(past={2024: year_of(2024, 0.5, 1.0)})], ids=["level", "count", "no past", "no target", "nothing seen", "no figure near by"])  # fmt: skip
def test_there_is_no_pace_without_an_amount_a_target_a_figure_and_a_past_year_known_by_then(outlook: Outlook):
    assert charts.pace(outlook) is None


# ----------------------------------------------------------------------------------------------------------------- lines held together


def test_the_bars_are_the_chances_and_the_most_likely_count_stands_out():
    held = joint([flow_outlook(2130), level_outlook(), zero_outlook()])
    spec = spec_of(charts.together(held))
    rows, best = rows_with(spec, "a", "b", "m"), int(np.argmax(held.counts))
    assert [row["y"] for row in rows] == pytest.approx([100 * held.counts[row["x"]] for row in rows], rel=1e-6)
    assert {row["x"] for row in rows if row["c"] == style.PROJECTED} == {best}
    low, high = held.interval()
    assert {row["x"] for row in rows if row["c"] != style.BANDS[0.95]} == {*range(low, high + 1), best}
    assert f"nhiều khả năng nhất là đạt {best}" in spec["description"]
    assert behind(spec)[f"lines_at_least_{best}"] == held.at_least(best)
    assert spec["height"] <= 200


def test_one_line_is_not_held_together():
    assert charts.together(joint([flow_outlook()])) is None


# ------------------------------------------------------------------------------------------------------------------------- more fans


def test_an_estimate_is_hollow_and_an_actual_is_filled():
    seen = rows_with(spec_of(charts.fan(flow_outlook())), "s", "x", "y")
    assert [row["s"] for row in seen] == [1] * 8 + [0]


@pytest.mark.parametrize("figure", [2040.0, 1987.0])
def test_the_chart_of_a_year_known_by_an_estimate_ends_at_the_estimate_and_not_at_what_it_may_become(figure: float):
    seen = tuple(point(month_end(2025, m).isoformat(), figure * m / 12, "estimate") for m in range(1, 13))
    revised = replace(complete(), seen=seen, draws=np.linspace(figure + 10, figure + 90, 500), year_figure=seen[-1])
    assert f"Cả năm {words.number(figure, 0, 'vi')}" in words_of(spec_of(charts.fan(assess(revised, goal("new_enterprises", 2100)))))


def test_a_complete_year_has_no_fan():
    spec = spec_of(charts.fan(assess(complete(), goal("new_enterprises", 2100))))
    assert not any("a50" in row for rows in spec["datasets"].values() for row in rows)
    assert "95%" not in words_of(spec)
    assert "Cả năm 2.040" in words_of(spec)


def test_what_cannot_be_projected_shows_what_is_known_and_the_target():
    unknown = projection(draws=np.empty(0), paths=np.empty((0, 0)), ends=(), seen=(), straight_line=float("nan"))
    spec = spec_of(charts.fan(assess(unknown, goal("new_enterprises", 2100))))
    assert "Năm 2024 1.920" in words_of(spec)
    assert "Mục tiêu 2.100" in words_of(spec)


def test_nothing_known_gives_no_chart():
    unknown = projection(draws=np.empty(0), paths=np.empty((0, 0)), ends=(), seen=(), past={}, straight_line=float("nan"))
    assert charts.fan(assess(unknown, goal("new_enterprises", 2100))) is None


def test_without_a_target_what_is_known_is_drawn_and_nothing_to_come():
    spec = spec_of(charts.fan(assess(projection(), None)))
    assert not [rows for rows in spec["datasets"].values() if rows and "a95" in rows[0]]
    assert "1.530" in words_of(spec) and "Mục tiêu" not in words_of(spec) and "Dự báo" not in words_of(spec)


def test_a_year_known_in_percent_of_plan_is_not_laid_over_one_in_persons():
    percent = replace(projection("new_jobs"), measure=PLAN_PERCENT)
    assert "2024" not in words_of(spec_of(charts.fan(assess(percent, None))))


# ----------------------------------------------------------------------------------------------------------------- equally likely ends


def dots(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for rows in spec["datasets"].values() for row in rows if row.keys() == {"x", "k", "t"}]


@pytest.mark.parametrize("threshold", [1900, 2080, 2100, 2130, 2300])
def test_twenty_dots_stand_on_the_side_of_the_target_they_belong_to(threshold: float):
    outlook = flow_outlook(threshold)
    spec = spec_of(charts.distribution(outlook))
    shapes = {}
    for layer in spec["layer"]:
        rows = spec["datasets"][layer["data"]["name"]]
        if rows and rows[0].keys() == {"x", "k", "t"}:
            shapes[layer["mark"]["shape"]] = rows
    good, bad = shapes.get("circle", []), shapes.get("diamond", [])
    assert len(good) + len(bad) == 20
    assert len(good) == pytest.approx(20 * outlook.raw_probability, abs=1)
    assert all(row["x"] >= threshold for row in good)
    assert all(row["x"] < threshold for row in bad)
    assert f"{len(good)} khả năng đạt" in spec["description"]


def test_no_two_dots_share_a_place():
    rows = dots(spec_of(charts.distribution(level_outlook())))
    assert len({(row["x"], row["k"]) for row in rows}) == 20


def test_a_count_stands_over_its_own_number():
    rows = dots(spec_of(charts.distribution(zero_outlook())))
    assert sorted({row["x"] for row in rows}) == [0, 1, 2, 3]
    assert sum(row["x"] == 0 for row in rows) == 8


def test_a_complete_year_has_no_distribution():
    assert charts.distribution(assess(complete(), goal("new_enterprises", 2100))) is None


def test_a_chance_held_back_for_few_years_is_explained():
    outlook = assess(projection(evidence_years=1), goal("new_enterprises", 1600))
    assert outlook.probability == 0.89
    assert "89%" in spec_of(charts.distribution(outlook))["usermeta"]["kpi"]["caption"]


# --------------------------------------------------------------------------------------------------------------------------- overview


def test_the_worst_line_stands_on_top_and_grey_lines_are_left_out():
    grey = assess(projection(draws=np.empty(0), paths=np.empty((0, 0)), ends=()), goal("new_enterprises", 2100))
    rows = rows_with(spec_of(charts.overview([flow_outlook(1900), grey, flow_outlook(2300), flow_outlook(2130)])), "p", "s")
    assert [row["i"] for row in rows] == [0, 1, 2]
    assert [row["p"] for row in rows] == sorted(row["p"] for row in rows)


def test_colour_never_stands_alone():
    for row in rows_with(spec_of(charts.overview([flow_outlook(1900), flow_outlook(2300)])), "p", "s"):
        assert row["s"].split(" ", 1)[0] in "✘○◔◑◕●✔"


def test_no_judged_line_gives_no_overview():
    assert charts.overview([assess(projection(), None)]) is None


# ---------------------------------------------------------------------------------------------------------------- record and deliveries


def test_the_record_shows_every_date_with_its_interval_and_counts_the_hits():
    spec = spec_of(charts.track_record(errors(), unit=UNIT))
    rows = rows_with(spec, "a", "b", "in80")
    assert len(rows) == 12
    assert [row["x"] for row in rows[:4]] == [1, 2, 3, 5]
    assert "12 trên 12" in spec["usermeta"]["kpi"]["caption"]


def reports(*chances: float, start: int = 4) -> pd.DataFrame:
    """A ledger with a report on the fifteenth of every third month, each with its chance of the line."""
    rows = [
        {"round_id": dt.date(2025, start + 3 * number, 15), "version": 1, "unit": "thu", "indicator": "new_enterprises", "target_year": 2025, "model": "structural",
         "output_type": kind, "output_type_id": name, "value": value, "data_digest": "x", "code_version": "0"}
        for number, chance in enumerate(chances)
        for kind, name, value in (("probability", "met", f"{chance}"), ("status", "word", status_word(chance)))
    ]  # fmt: skip
    return check(pd.DataFrame(rows, columns=LEDGER.names), LEDGER)


def test_the_walk_shows_every_report_before_this_one_in_its_last_version_and_this_one():
    ledger, now = reports(0.4, 0.7, 0.2), flow_outlook()  # the third is of the day of this report: it is made anew
    again = reports(0.9).assign(version=2)
    spec = spec_of(charts.walk(now, pd.concat([ledger, again]), "vi"))
    shown = rows_with(spec, "x", "y", "w")
    assert [row["y"] for row in shown[:3]] == pytest.approx([90, 70, 100 * now.probability])
    table = spec["usermeta"]["kpi"]["table"]["rows"]
    assert [row[0] for row in table] == ["15/10/2025", "15/07/2025", "15/04/2025"]
    assert table[2][2]["text"] == "rất có khả năng đạt"


def test_a_first_report_and_one_of_another_year_or_line_do_not_walk():
    other = reports(0.4, 0.7)
    assert charts.walk(flow_outlook(), reports()) is None
    assert charts.walk(flow_outlook(), other.assign(target_year=2024)) is None
    assert charts.walk(flow_outlook(), other.assign(indicator="new_jobs")) is None


def test_a_record_without_rows_gives_no_chart():
    assert charts.track_record(errors().iloc[:0], unit=UNIT) is None
    assert charts.reliability(errors().iloc[:0], unit=UNIT) is None


@pytest.mark.parametrize("years", [4, 16])
def test_stated_chances_print_how_many_they_are(years: int):
    assert f"n = {3 * years}" in " ".join(spec_of(charts.reliability(errors(years), unit=UNIT))["title"]["subtitle"])


def test_few_chances_are_shown_one_by_one_met_above_missed_below():
    spec = spec_of(charts.reliability(errors(), unit=UNIT))
    rows = [row for rows in spec["datasets"].values() for row in rows if "when" in row]
    assert len(rows) == 12
    assert sum(row["y"] > 0 for row in rows) == int(errors().query("model == 'chosen'")["met"].sum())


def test_a_revision_is_the_latest_figure_against_the_first_estimate():
    rows = rows_with(spec_of(charts.revisions(delivered(), INDICATORS["new_enterprises"], unit=UNIT)), "r", "e")
    assert [row["y"] for row in rows] == pytest.approx([100 * (102 / (100 + m) - 1) for m in range(1, 9)], rel=1e-5)
    assert (rows[0]["t"], rows[0]["r"]) == ("T1/2025", "+1,0%")


def test_a_line_never_revised_gives_no_chart():
    once = delivered()[lambda rows: rows["status"] == "estimate"]
    assert charts.revisions(once, INDICATORS["new_enterprises"], unit=UNIT) is None


def cells(ind: str, obs: pd.DataFrame, as_of: dt.date = AS_OF, unit: Unit = PUNCTUAL) -> dict[int, dict[str, Any]]:
    rows = rows_with(spec_of(charts.arrivals(obs, unit, 2025, as_of)), "i", "m", "s")
    states = list(CELLS)
    return {
        row["m"]: {**row, "s": states[row["s"]]}
        for row in rows
        if row["i"] == [key for key in UNIT.indicators if key in set(obs["indicator"])].index(ind)
    }


def test_the_calendar_tells_actual_estimate_and_not_yet_due_apart():
    states = [cells("new_enterprises", delivered())[m]["s"] for m in range(1, 13)]
    assert states == ["actual"] * 8 + ["estimate"] + ["waiting"] * 3


def test_the_calendar_lists_the_lines_that_are_followed_alone():
    two = pd.concat([delivered("new_jobs"), delivered("forest_cover")], ignore_index=True)
    table = spec_of(charts.arrivals(two, UNIT, 2025, AS_OF, "en"))["usermeta"]["kpi"]["table"]
    assert [row[0] for row in table["rows"]] == [
        UNIT.indicators[key].short["en"] for key in UNIT.indicators if key in ("new_jobs", "forest_cover")
    ]
    assert charts.arrivals(two[:0], UNIT, 2025, AS_OF) is None


def test_the_columns_of_lines_met_together_agree_with_one_another():
    for items in ([flow_outlook(), level_outlook(), zero_outlook()], [flow_outlook(), level_outlook()]):
        rows = spec_of(charts.together(joint(items), "en"))["usermeta"]["kpi"]["table"]["rows"]
        told = [row for row in rows if row[0] != "0"]  # that at least none is met is no question
        assert len(told) == len(rows) or rows[-1][2] == "–"
        exactly, at_least = ([int(re.sub(r"\D", "", row[at]["text"])) for row in some] for at, some in ((1, rows), (2, told)))
        assert 98 - len(rows) / 2 <= sum(exactly) <= 100 + len(rows) / 2  # what is hardly possible is left out, each is a whole percent
        for higher, lower, mass in zip(at_least, at_least[1:], exactly[1:], strict=False):
            assert abs(lower - higher - mass) <= 1


def test_a_figure_not_delivered_in_time_is_overdue():
    without_march = delivered()[lambda rows: rows["end"].dt.month != 3]
    assert cells("new_enterprises", without_march)[3]["s"] == "missing"
    assert cells("new_enterprises", without_march, unit=UNIT)[3]["s"] == "waiting"  # no document sets a day
    assert "quá hạn" not in str(spec_of(charts.arrivals(without_march, UNIT, 2025, AS_OF)))


def test_the_calendar_does_not_know_what_was_published_later():
    assert {m: cell["s"] for m, cell in cells("new_enterprises", delivered(), dt.date(2025, 4, 10)).items() if m in (2, 3, 4)} == {
        2: "actual",
        3: "estimate",
        4: "waiting",
    }


def test_a_figure_that_came_after_its_time_says_by_how_much():
    late = delivered().assign(published=lambda rows: rows["published"] + pd.Timedelta(days=5))
    assert cells("new_enterprises", late)[1]["d"] == 5
    assert "d" not in cells("new_enterprises", late, unit=UNIT)[1]


def test_only_the_months_in_which_something_is_due_are_expected():
    before = delivered("gross_product_growth")[:1].assign(start=pd.Timestamp("2024-10-01"), end=pd.Timestamp("2024-12-31"))
    assert sorted(cells("gross_product_growth", pd.concat([delivered(), before], ignore_index=True))) == [3, 6, 9, 12]


def test_the_months_are_what_the_sums_to_date_differ_by_and_a_gap_stays_a_gap():
    without_may = tuple(each for each in seasonal(2024) if each.end.month != 5)
    spec = spec_of(charts.months(flow_outlook(past={2023: seasonal(2023), 2024: without_may}), "en"))
    shown = {row["day"]: row["y"] for rows in spec["datasets"].values() for row in rows if {"x", "y", "day"} <= row.keys()}
    assert shown["12/2023"] == seasonal(2023)[-1].value - seasonal(2023)[-2].value
    assert shown["01/2023"] == seasonal(2023)[0].value
    assert not {"05/2024", "06/2024"} & shown.keys() and "07/2024" in shown


@pytest.mark.parametrize("odd", [3, 5])
def test_a_month_that_neither_trend_nor_season_explains_is_named_with_its_date(odd: int):
    past = {year: seasonal(year, odd=odd if year == 2023 else 0) for year in (2021, 2022, 2023, 2024)}
    found = taken_apart(flow_outlook(past=past))
    assert found is not None and (found.year, 24 + odd - 1) == (2021, found.odd[0])
    assert np.allclose(found.trend + found.season + found.rest, found.amounts)
    assert f"{odd:02d}/2023" in json.dumps(spec_of(charts.parts(flow_outlook(past=past), "en")))


def test_too_few_months_or_a_level_are_not_taken_apart():
    assert charts.parts(flow_outlook(), "vi") is None
    assert charts.parts(level_outlook(), "vi") is None and charts.months(level_outlook(), "vi") is None
