"""What is known on the day of a report: later numbers are found in whatever text they stand, and a text without its day is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from conftest import PROJECT, row, target

from kpi_lib import cli
from kpi_lib.definitions import folders
from kpi_lib.definitions.folders import units
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.reports.known import days_of_numbers, early_quotes, later_numbers, words_of
from kpi_lib.reports.proof import Disagreement, faults_of
from kpi_lib.reports.publish import publish
from tests.once import project
from tests.small_unit import FIGURES, TARGETS

QUOTING = """
language = "en"
[override.new_jobs]
definition = "Placements; 4,321 were found by September."
[override.forest_cover]
cut_off = "In 2023 it was 41.7%."
[override.new_enterprises]
definition = "Enterprises of at least 3 owners, by the law of 2020."
notes = [{ known = 2025-11-06, text = "Ten months: 918,273." }]
"""


def figures() -> list[dict[str, object]]:
    return [
        row("new_jobs", "cumulative", "2025-09-30", 4321, "2025-10-06", measure="lượt", note="quý IV 7.654 lượt"),
        row("new_jobs", "cumulative", "2025-06-30", 2987, "2025-07-06", measure="lượt", note="bằng 69,1 % của 4.321"),
        row("new_enterprises", "year", "2024", 5120, "2025-01-06", measure="doanh nghiệp", note="so với 4.480 năm 2023", seen="2025-12-17"),
    ]


def test_a_number_is_known_from_the_day_of_its_figure_else_of_its_text(make_unit: Callable[..., str]):
    """Not from that of an earlier row that quotes it; a year or a day is no number; a source told later makes nothing known before."""
    days = days_of_numbers(make_unit(figures(), toml=QUOTING, targets=[target("new_jobs", 2025, 6543, reconstructed="2025-10-20")]))
    found = {number: str(days[number]) for number in ("4321", "2987", "7654", "4480", "918273", "6543", "69.1")}
    assert found == {
        "4321": "2025-10-06", "2987": "2025-07-06", "7654": "2025-10-06", "4480": "2025-12-17", "918273": "2025-11-06",
        "6543": "2025-10-20", "69.1": "2025-07-06",
    }  # fmt: skip
    assert "2025" not in days and "2023" not in days


@pytest.mark.parametrize(("written", "lang"), [("4.321", "vi"), ("4,321", "en"), ("4321", "vi")])
@pytest.mark.parametrize("page", ["<p>Đã có {} lượt.</p>", '<p class="quoted">ghi: {} lượt</p>', '<td class="words quoted">{}</td>'])
def test_a_page_with_a_number_of_a_later_day_is_refused_in_whatever_text_it_stands(
    make_unit: Callable[..., str], page: str, written: str, lang: str
):
    unit = make_unit(figures(), toml=QUOTING)
    for day, faults in (dt.date(2025, 10, 5), 1), (dt.date(2025, 10, 6), 0):
        made, own = f"<main>{page.format(written)}</main>", {"Đã có 4.321 lượt.", f"Đã có {written} lượt."}
        found = [fault for fault in faults_of("p", made, lang, {}, own, later_numbers(unit, day)) if "later day" in fault]
        assert len(found) == faults


def test_a_number_bound_on_the_page_may_be_repeated_in_its_words():
    page = '<main><data value="4321" data-of="x.n">4.321</data> <span class="quoted">4.321 và 7.654</span></main>'
    faults = list(faults_of("p", page, "vi", {"x.n": 4321}, (), frozenset({"4321", "7654"})))
    assert len(faults) == 1 and faults[0].startswith("p: 7654 in")


def test_the_check_names_every_text_that_quotes_a_figure_without_or_before_its_day(
    make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    unit = make_unit(figures(), toml=QUOTING, targets=[target("new_jobs", 2025, 10)])
    (folders.raw(unit) / "plans.csv").write_text(
        "indicator,year,value,measure,version,document,adopted,source,note\n"
        "new_jobs,2025,6000,lượt,adopted,Kế hoạch 1,2025-01-10,trang a,\"4.321 là 72 %\"\n",
        encoding="utf-8",
    )  # fmt: skip
    told = [words["en"] for words in early_quotes(unit)]
    assert len(told) == 4
    for words, (place, number) in zip(
        sorted(told),
        [
            ("deliveries/so_lieu.csv, D3, note", "4321, known from 6 October 2025"),
            ("plans.csv, 2, note", "4321, known from 6 October 2025"),
            ("thu/unit.toml, forest_cover, cut_off", "41.7 has no day"),
            ("thu/unit.toml, new_jobs, definition", "4,321 has no day"),
        ],
        strict=True,
    ):
        assert words.startswith(place) and number in words.replace("\u00a0", " ")
    monkeypatch.setattr(cli, "_today", lambda: dt.date(2026, 3, 1))
    assert cli.main(["check", "--unit", unit]) == cli.PUBLISHED
    said = capsys.readouterr().out
    assert all(f"  ! {words}" in said for words in told) and "! No target of 2026 is entered" in said


@pytest.mark.parametrize("unit", ["quang-ninh", "viet-nam", "uong-bi-minh-hoa"])
def test_every_table_of_a_shipped_unit_is_cut_also_one_whose_rows_name_no_later_page(unit: str):
    with project(PROJECT):
        place = read_unit(unit)
        assert place.references and words_of(place, dt.date(2026, 1, 31))


@pytest.mark.parametrize("unit", units())
def test_no_shipped_text_quotes_a_figure_before_its_day_or_without_one(unit: str):
    assert [words["en"] for words in early_quotes(unit)] == []


@pytest.mark.slow
def test_a_report_that_quotes_a_figure_of_a_later_day_is_not_published(make_unit: Callable[..., str]):
    """In a definition of one line and in the remark to a target of another; without them it is."""
    later = row("new_jobs", "cumulative", "2025-10-31", 4321, "2025-11-06", measure="lượt lao động")
    quoting = '[override.new_jobs]\ndefinition = "Lượt việc làm; 10 tháng là 4.321."\n'
    goals = [TARGETS[0], {**TARGETS[2], "note": "4.321 / 270%"}]
    with pytest.raises(Disagreement) as refused:
        publish(make_unit([*FIGURES, later], toml=quoting, targets=goals), "2025-10-15", interactive=False)
    faults = [fault for fault in refused.value.faults if "known from a later day on only" in fault]
    assert {fault.split(":")[0] for fault in faults} == {"data-quality", "new-jobs"} and len(faults) == len(refused.value.faults)
    known = {**later, "published": "2025-10-10"}
    assert publish(make_unit([*FIGURES, known], toml=quoting, targets=goals), "2025-10-15", interactive=False).pages
