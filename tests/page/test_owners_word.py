"""The owner's word stands beside the verdict and never changes it; explanations asked for stay open until they are given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib import page
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.owners.judgements import Judgement, open_requests, owners_words, read_judgements
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import plain
from kpi_lib.page.owners.judgements import differs, owners_part, requests
from kpi_lib.reports import door
from kpi_lib.words.messages import KpiError
from tests.made import three_years

AS_OF = "2025-10-15"


def said(
    status: str, date: str = "2025-10-01", *, who: str = "Phòng Kinh tế", indicator: str = "new_enterprises", **more: str
) -> dict[str, object]:
    return {"indicator": indicator, "year": 2025, "date": date, "who": who, "status": status, "reason": "theo đơn hàng", **more}


@pytest.fixture
def office(make_unit: Callable[..., str]) -> Callable[..., str]:
    """A unit with two judged lines, one bound to miss its target, and what was said of them."""

    def made(*words: dict[str, object], goal: float = 300) -> str:
        water = [row("clean_water_coverage", "level", f"{year}-09-30", 90, f"{year}-10-06", measure="%") for year in (2023, 2024, 2025)]
        unit = make_unit(
            [*three_years(), *water], targets=[target("new_enterprises", 2025, goal), target("clean_water_coverage", 2025, 99)]
        )
        if words:
            pd.DataFrame([*words]).to_csv(folders.raw(unit) / "judgements.csv", index=False)
        return unit

    return made


def items(unit: str, as_of: str = AS_OF) -> list[Outlook]:
    return kpi.outlooks(kpi.read_observations(unit, as_of=as_of), read_unit(unit), 2025, as_of=as_of)


def text(parts: object) -> str:
    return " ".join(plain(part.__html__() if hasattr(part, "__html__") else part) for part in parts if part is not None)  # type: ignore[attr-defined]


def test_a_word_that_differs_is_marked_in_words_and_the_verdict_stays(office: Callable[..., str]):
    without = next(item for item in items(office()) if item.indicator.id == "new_enterprises")
    item = next(item for item in items(office(said("đúng tiến độ"))) if item.indicator.id == "new_enterprises")
    assert (item.status, item.probability) == (without.status, without.probability) and item.status in ("very_unlikely", "missed")
    overview = text(page.attention([item], "vi").parts)
    assert "Phòng Kinh tế: đúng tiến độ; số liệu: " in overview
    assert "Số liệu cho thấy khác" in text(owners_part(item, "vi")) and "say otherwise" in text(owners_part(item, "en"))


def test_a_word_that_agrees_is_shown_without_a_mark(office: Callable[..., str]):
    item = next(item for item in items(office(said("will_miss"))) if item.indicator.id == "new_enterprises")
    assert "Phòng Kinh tế: không đạt" in text(page.attention([item], "vi").parts)
    assert "khác" not in text(owners_part(item, "vi"))


@pytest.mark.parametrize(("word", "status", "marked"), [
    ("on_track", "uncertain", True), ("at_risk", "uncertain", False), ("at_risk", "unlikely", False), ("at_risk", "very_unlikely", True), ("at_risk", "likely", True),
    ("will_miss", "missed", False), ("will_miss", "uncertain", True), ("met", "likely", False),
])  # fmt: skip
def test_a_word_differs_where_the_figures_lie_on_another_side(office: Callable[..., str], word: str, status: str, marked: bool):
    item = next(item for item in items(office(said(word))) if item.indicator.id == "new_enterprises")
    assert differs(Judgement("new_enterprises", 2025, dt.date(2025, 10, 1), "x", word), replace(item, status=status)) is marked


def test_a_line_that_cannot_be_judged_shows_its_owners_word_alone(office: Callable[..., str]):
    item = next(item for item in items(office(said("at_risk", indicator="forest_cover"))) if item.indicator.id == "forest_cover")
    assert "có nguy cơ không đạt" in text(owners_part(item, "vi")) and "khác" not in text(owners_part(item, "vi"))


def test_of_each_body_its_last_word_counts_and_none_of_a_later_day(office: Callable[..., str]):
    unit = office(
        said("at_risk", "2025-07-01"),
        said("on_track", "2025-09-01"),
        said("will_miss", "2025-10-16"),
        said("met", "2025-08-01", who="Thuế"),
    )
    found = owners_words(read_unit(unit), "new_enterprises", 2025, as_of=dt.date(2025, 10, 15))
    assert [(word.who, word.status) for word in found] == [("Phòng Kinh tế", "on_track"), ("Thuế", "met")]


def test_a_request_is_open_until_it_is_explained(office: Callable[..., str]):
    asked = said("yêu cầu giải trình", "2025-08-01", who="UBND phường", due="2025-08-20")
    water = said("asked", "2025-09-20", who="UBND phường", indicator="clean_water_coverage")
    unit = office(asked, water, said("explained", "2025-10-10"))
    days = [
        {one.indicator for one in open_requests(read_unit(unit), 2025, as_of=day)} for day in (dt.date(2025, 10, 9), dt.date(2025, 10, 10))
    ]
    assert days == [{"new_enterprises", "clean_water_coverage"}, {"clean_water_coverage"}]
    told = items(unit, "2025-10-09")
    assert "quá hạn" in str(requests(told, "vi")) and "overdue" in str(requests(told, "en"))
    assert str(requests(told, "vi")) in [str(part) for part in page.attention(told, "vi").parts]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"status": "on trak"}, "did you mean 'on track'"), ({"status": "dung tien do"}, "đúng tiến độ"), ({"reason": "", "status": "at_risk"}, "needs a reason"),
        ({"due": "2025-01-01"}, "before it was said"), ({"date": "hôm qua"}, "line 3"),
    ],
)  # fmt: skip
def test_a_word_that_is_none_is_refused_with_its_line(office: Callable[..., str], wrong: dict[str, str], told: str):
    unit = office(said("met"), {**said("on_track", "2025-10-02"), **wrong})
    with pytest.raises(KpiError, match=told) as raised:
        read_judgements(unit)
    assert "line 3" in str(raised.value) and door.faults(unit, dt.date(2025, 10, 15))


def test_a_word_on_a_line_the_unit_does_not_have_is_refused(office: Callable[..., str]):
    stops, _ = door.faults(office(said("met", indicator="new_enterprise")), dt.date(2025, 10, 15))
    assert any("new_enterprises" in fault["en"] for fault in stops)
