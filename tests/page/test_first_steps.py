"""A unit before its first figure: every line with its form, from whom and by when; questions that only the unit can answer, open or settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import openpyxl
import pytest
from conftest import row, target

import kpi_lib as kpi
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries.tables.template import write_template
from kpi_lib.outlook.lines import lines_of
from kpi_lib.outlook.values.questions import of_questions
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import plain
from kpi_lib.page.month import danger
from kpi_lib.page.owners.questions import first_steps, questions_of
from kpi_lib.page.tables import awaited
from kpi_lib.reports import door
from kpi_lib.words.messages import KpiError

LINES = 'lines = ["new_jobs", "forest_cover", "medical_waste_treatment"]\n'
ANSWER = '[questions.new_jobs]\ncounting = { answer = "Theo hợp đồng", who = "Phòng Lao động", on = 2026-02-10 }\n'
GOALS = [target("new_jobs", 2026, 1600), target("forest_cover", 2026, 14.7), target("medical_waste_treatment", 2026, 100)]


def items(unit: str, as_of: str = "2026-03-01") -> list[Outlook]:
    return kpi.outlooks(kpi.read_observations(unit, as_of=as_of), read_unit(unit, as_of=as_of), 2026, as_of=as_of)


def text(parts: tuple[object, ...]) -> str:
    return " ".join(plain(part.__html__() if hasattr(part, "__html__") else part) for part in parts if part is not None)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_waiting_line_names_its_sheet_of_the_real_form_and_who_fills_it_in(make_unit: Callable[..., str], tmp_path, lang: str):  # type: ignore[no-untyped-def]
    found = items(make_unit([], targets=GOALS, toml=LINES + "[questions]\n"))
    place, told = found[0].projection.unit, text(first_steps(found, lang).parts)
    form = openpyxl.load_workbook(
        write_template(place, 2026, tmp_path / "f.xlsx", month=1, obs=kpi.read_observations(place.id), plans=kpi.read_plans(place.id))
    )
    named = [name for name in form.sheetnames if f"“{name}”" in told]
    assert len(named) == len({item.indicator.duty.owner["vi"] for item in lines_of(found).waiting}) == 3
    for item in lines_of(found).waiting:
        assert item.indicator.duty.owner[lang] in told and item.indicator.duty.due[lang] in told
    assert not str(awaited(found, lang))  # said once


def test_a_question_is_open_until_its_day_and_settled_with_who_and_when_from_it_on(make_unit: Callable[..., str]):
    unit = make_unit([], targets=GOALS, toml=LINES + ANSWER)
    early, late = (items(unit, day) for day in ("2026-02-09", "2026-02-10"))
    assert "Theo hợp đồng" not in text(first_steps(early, "vi").parts)
    assert "Theo hợp đồngPhòng Lao động, 10/02/2026" in text(first_steps(late, "vi").parts).replace(" (", "").replace(")", "")
    before, after = (of_questions(each[0].projection.unit) for each in (early, late))
    assert before["settled"] == 0 and before["open"] == before["asked"] == after["asked"]
    assert (after["open"], after["settled"]) == (before["open"] - 1, 1)
    job = next(item for item in late if item.indicator.id == "new_jobs")
    assert "Theo hợp đồng" in str(questions_of(job, "vi"))


def test_a_unit_that_keeps_no_list_is_asked_nothing_and_one_with_figures_keeps_its_questions_folded(make_unit: Callable[..., str]):
    without = items(make_unit([], targets=GOALS, toml=LINES))
    assert first_steps(without).parts == () and questions_of(without[0], "vi") is None and str(awaited(without))
    come = row("new_jobs", "cumulative", "2026-01-31", 120, "2026-02-06", measure="lượt lao động")
    found = items(make_unit([come], targets=GOALS, toml=LINES + "[questions]\n"))
    parts = first_steps(found, "vi").parts
    assert len(parts) == 2 and str(parts[1]).startswith("<details>") and str(awaited(found))


def test_a_units_own_line_asks_its_own_questions(make_unit: Callable[..., str]):
    own = '[override.forest_cover]\nquestions = { bamboo = { vi = "Có tính tre nứa không?", en = "Does bamboo count?" } }\n[questions.forest_cover]\nbamboo = { answer = "Không", who = "Hạt Kiểm lâm", on = 2026-01-05 }\n'
    found = items(make_unit([], targets=GOALS, toml=LINES + own))
    assert "Does bamboo count?" in text(first_steps(found, "en").parts) and "Hạt Kiểm lâm" in text(first_steps(found, "en").parts)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('[questions.new_job]\ncounting = { answer = "x", who = "y", on = 2026-02-10 }', "did you mean 'new_jobs'"),
        ('[questions.new_jobs]\ncountng = { answer = "x", who = "y", on = 2026-02-10 }', "did you mean 'counting'"),
        ('[questions.new_jobs]\ncounting = { answer = "x", who = "y" }', "questions.new_jobs.counting, on is missing"),
        ('[questions.new_jobs]\ncounting = { answer = "x", by = "y", on = 2026-02-10 }', "by is no key"),
        ('[questions.new_jobs]\ncounting = { answer = "x", who = "y", on = "hôm qua" }', "a day without quotation marks"),
        ('[questions]\nnew_jobs = "có"', "answers like"),
        ('[override.new_jobs]\nquestions = ["a"]', "questions by name"),
    ],
)  # fmt: skip
def test_an_answer_that_answers_nothing_is_refused(make_unit: Callable[..., str], wrong: str, told: str):
    unit = make_unit([], targets=GOALS, toml=LINES + wrong + "\n")
    with pytest.raises(KpiError, match=told):
        door.faults(unit, dt.date(2026, 3, 1))


@pytest.mark.parametrize(("day", "lang"), [("", "vi"), ("10", "en")])
def test_the_month_before_the_first_figure_tells_each_body_once_with_its_lines_days_and_open_questions(
    make_unit: Callable[..., str], day: str, lang: str
):
    duty = f'deadline_day = {day}\ndeadline_document = "Kế hoạch 5/KH-UBND"\n' if day else ""
    own = items(make_unit([], targets=GOALS, toml=duty + LINES + "[questions]\n"))
    told = text(danger(own, lang).parts)
    for item in lines_of(own).waiting:
        assert told.count(item.indicator.duty.owner[lang]) == 1 and told.count(item.indicator.headed(item.indicator.short, lang)) == 1
    waited = make_unit(
        [row("new_jobs", "cumulative", "2026-02-28", 90, "2026-03-01", measure="lượt lao động")],
        targets=GOALS,
        toml=LINES + "[questions]\n",
    )
    assert lines_of(own).waiting[0].indicator.duty.owner[lang] not in text(danger(items(waited), lang).parts)
