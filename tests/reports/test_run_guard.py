"""`kpi run` goes through the guard of `kpi check`: what must be mended stops it, all at once; an open question is told, and it publishes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import monthly, row, target

from kpi_lib import cli
from kpi_lib.definitions import folders

AS_OF = "2026-10-15"
MEASURES = {"new_enterprises": "doanh nghiệp", "new_jobs": "lượt lao động"}


def past(line: str) -> list[dict[str, object]]:
    return monthly(line, 2025, [40 + number % 3 for number in range(12)], measure=MEASURES[line])


def run(unit: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = cli.main(["run", "--unit", unit, "--as-of", AS_OF, "--lang", "en", *more])
    told = capsys.readouterr()
    return code, told.out + told.err


@pytest.mark.parametrize("line", MEASURES)
def test_a_run_tells_the_faults_of_every_file_at_once_and_writes_no_report(
    line: str, make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str]
):
    unit = make_unit(past(line), targets=[target(line, 2026, 500), target("nowhere", 2026, 5)], toml=f'lines = ["{line}"]')
    folder = folders.raw(unit)
    (folder / "plans.csv").write_text("indicator,year\nx,y\n", encoding="utf-8")
    (folder / "deliveries" / "khac.csv").write_text((folder / "deliveries" / "so_lieu.csv").read_text(encoding="utf-8").replace("40", "4o"))
    (folder / "recipes").mkdir()
    (folder / "recipes" / "bieu.toml").write_text("name = 5", encoding="utf-8")
    code, told = run(unit, capsys)
    assert code == 20 and all(name in told for name in ("'nowhere'", "plans.csv", "khac.csv", "bieu.toml"))
    assert not (folders.processed(unit) / "reports").exists()
    checked = cli.main(["check", "--unit", unit, "--lang", "en"]), capsys.readouterr().err
    assert checked[0] == 20 and checked[1].strip() in told


@pytest.mark.parametrize("line", MEASURES)
def test_a_figure_by_hand_that_cannot_be_right_stops_a_run(line: str, make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str]):
    rows = [*past(line), row(line, "month", "2026-01", 40.5, "2026-02-06", measure=MEASURES[line])]
    unit = make_unit(rows, targets=[target(line, 2026, 500)], toml=f'lines = ["{line}"]')
    code, told = run(unit, capsys)
    assert code == 20 and "fraction_of_whole" in told and "so_lieu.csv" in told


@pytest.mark.slow
def test_an_open_question_is_told_beside_the_report_and_named_until_it_is_answered(
    make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str]
):
    line = "new_enterprises"
    rows = [*past(line), row(line, "month", "2026-01", 4100, "2026-02-06", measure=MEASURES[line])]
    unit = make_unit(rows, targets=[target(line, 2026, 500)], toml=f'lines = ["{line}"]')
    code, told = run(unit, capsys, "--pictures-only")
    assert code == 10 and "value_unusual" in told and "answers.csv" in told and (folders.processed(unit) / "reports" / AS_OF).is_dir()
    assert cli.main(["check", "--unit", unit]) == 20, "a check asks for the answer"
