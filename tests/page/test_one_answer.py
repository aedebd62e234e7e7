"""One report gives one answer: what is printed twice is printed alike, and what asks nearly the same says what sets it apart."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict

import pytest
from conftest import PROJECT, row, target

import kpi_lib as kpi
from kpi_lib import narrative as nr
from kpi_lib.outlook.reach import reach
from kpi_lib.page import needs, sections, tables, together
from kpi_lib.page.draft import draft_report
from kpi_lib.words import date_text
from tests.made import shipped, three_years

# Labels that answer nearly the same question: a reader takes one for the other unless the words beside them say which is which.
ALIKE = {
    "people missing": {"surplus_persons": ("dự báo", "projected"), "persons_missing": ("số mới nhất", "latest figure")},
    "targets met": {
        "lines_most_likely": ("Cộng khả năng", "Adding up the chances"),
        "good": ("đạt hoặc có khả năng đạt", "met or likely to be"),
    },
    "what is missing": {
        "surplus": ("Dự báo so với mục tiêu", "Projected against the target"),
        "remaining": ("Còn phải", "Still to be done"),
    },
}
DATA = re.compile(r'<data value="([^"]*)" data-of="([^"]*)"[^>]*>([^<]*)</data>')


@pytest.fixture(scope="module", params=[("uong-bi-minh-hoa", "2026-10-15"), ("quang-ninh", "2024-07-15")], ids=lambda one: one[0])
def report(request):
    yield from shipped(*request.param)


def parts_of(place, items, lang: str) -> list[str]:
    """The sentences, and the cells of tables each with its heading, of every part of a report that speaks of targets."""
    stacks = [tables.attention(items, lang), together.all_lines(items, lang), sections.headline(items, place, lang)]
    stacks += [needs.what_it_takes(item, place, lang) for item in items]
    markup = [
        str(getattr(part, "_repr_html_", lambda part=part: str(part))()) for stack in stacks for part in stack.parts if part is not None
    ]
    markup += [nr.answer(items, lang)._repr_html_(), str(draft_report(items, place, lang))]
    return [piece for text in markup for piece in split(text)]


def split(text: str) -> list[str]:
    found = []
    for table in re.findall(r"<table.*?</table>", text, re.S):
        heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table, re.S)
        for line in re.findall(r"<tr>(.*?)</tr>", table, re.S):
            found += [f"{head}: {cell}" for head, cell in zip(heads, re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S), strict=False)]
    return found + re.split(r"</p>|</li>|</figure>", re.sub(r"<table.*?</table>", "", text, flags=re.S))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_one_label_is_one_number_and_two_that_are_nearly_alike_say_what_they_are(report, lang: str):
    place, items = report
    pieces = parts_of(place, items, lang)
    printed = defaultdict(set)
    beside = defaultdict(list)
    for piece in pieces:
        for value, key, _ in DATA.findall(piece):
            printed[key].add(float(value))
            beside[key].append(piece)
    assert len(printed) > 60
    assert {key: values for key, values in printed.items() if len(values) > 1} == {}
    for words in ALIKE.values():
        keys = [key for key in printed if key.rsplit(".", 1)[-1] in words]
        for key in keys:
            mark = words[key.rsplit(".", 1)[-1]][lang == "en"]
            near = [other for other in keys if other.split(".")[0] == key.split(".")[0] or "lines_" in other + key]
            if len({abs(value) for other in near for value in printed[other]}) > 1:
                assert all(mark in piece for piece in beside[key]), (key, mark, next(piece for piece in beside[key] if mark not in piece))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_one_line_has_one_last_day(report, lang: str):
    place, items = report
    days = {item.indicator.id: reach(item).day for item in items}
    for item in items:
        told = re.sub(r"<[^>]+>", "", " ".join(str(part) for part in needs.what_it_takes(item, place, lang).parts))
        for found in re.findall(r"thì đến ngày (\S+) phần còn lại vẫn|as projected, until (.+?) no more", told):
            assert "".join(found) == date_text(days[item.indicator.id], lang)


def test_people_missing_now_and_by_the_projection_are_told_apart(make_unit):
    rows = [
        row("health_insurance_coverage", "level", f"{y}-12-31", v, f"{y + 1}-01-06", measure="%") for y, v in ((2023, 96.0), (2024, 96.5))
    ]
    rows += [row("health_insurance_coverage", "level", "2025-09-30", 96.9, "2025-10-06", measure="%"), *three_years()]
    unit = kpi.read_unit(make_unit(rows, targets=[target("health_insurance_coverage", 2025, 98.5)]))
    items = kpi.outlooks(kpi.read_observations(unit.id), unit, 2025, as_of="2025-10-15")
    item = next(item for item in items if item.indicator.id == "health_insurance_coverage")
    now, then = nr.people_missing(item, unit).text, str(tables.attention(items).parts[0])
    assert "theo số mới nhất: còn thiếu 960 người" in now and "người (dự báo)" in re.sub(r"<[^>]+>", "", then)


@pytest.mark.parametrize(
    ("unit", "as_of", "line", "day", "years"),
    [
        ("viet-nam", "2024-10-15", "budget_revenue_growth", "30 September 2024", 1),
        ("uong-bi-minh-hoa", "2026-08-05", "new_enterprises", "30 June 2026", 3),
        ("quang-ninh", "2025-10-15", "new_enterprises", "30 June 2025", 1),
    ],
)
def test_a_pace_says_after_which_day_it_counts_and_a_best_pace_of_how_many_years(
    unit: str, as_of: str, line: str, day: str, years: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("KPI_ROOT", str(PROJECT))
    place = kpi.read_unit(unit)
    item = kpi.outlook_for(kpi.read_observations(unit, as_of=as_of), place, place.indicators[line], int(as_of[:4]), as_of=as_of)
    text = nr.demand(item, "en").text
    assert f"months after {day}" in text and f"(years compared: {years})" in text
    cell = re.sub(r"<[^>]+>", "", "".join(str(piece) for piece in tables.attention([item], "en").parts if piece is not None))
    assert f"(years compared: {years})" in cell and "ever" not in cell


def test_paces_of_a_few_cases_are_told_apart(make_unit):
    unit = kpi.read_unit(make_unit(three_years(), targets=[target("new_enterprises", 2025, 100)]))
    item = kpi.outlook_for(kpi.read_observations(unit.id), unit, unit.indicators["new_enterprises"], 2025, as_of="2025-10-15")
    few = dataclasses.replace(item, pace_needed=1.4, pace_so_far=0.9, best_pace=1.1, remaining=4.0)
    assert re.search(r", 1\.4 enterprises a month, against 0\.9 a month so far.* 1\.1 ", nr.demand(few, "en").text)
    assert [nr.paced(few, label, "en").text for label in ("pace_needed", "pace_so_far", "best_pace")] == ["1.4", "0.9", "1.1"]
    far = dataclasses.replace(item, pace_needed=14.4, pace_so_far=9.2, best_pace=11.3)
    assert [nr.paced(far, label, "en").text for label in ("pace_needed", "pace_so_far", "best_pace")] == ["14", "9", "11"]
    assert nr.paced(dataclasses.replace(item, pace_needed=0.02), "pace_needed", "en", named=True).text == "0.02 enterprises"
