"""Every key and value of a unit's file is held against what it may be, all at once, with the way out; never an error of Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import UNIT_TOML, row, target

from kpi_lib import cli
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.deliveries.checks import meaning
from kpi_lib.deliveries.checks.case import Case
from kpi_lib.deliveries.delivery import Fault, fault
from kpi_lib.words.messages import KpiError

OWN = """
[[indicator]]
id = "potholes"
number = "1"
clause = "1"
group = "economy"
name = "Potholes"
short = "Potholes"
measure = "potholes"
kind = "flow"
frequency = "month"
direction = "higher"
decimals = 0
wording = "Potholes"
source = "Plan"
definition = "Potholes mended"
cut_off = "month end"
[indicator.duty]
owner = "Streets"
task = "Report"
due = "10th"
result = "Figures"
responsibility = "Head"
product = "Table"
"""


def own(old: str = "", new: str = "") -> str:
    assert old in OWN
    return OWN.replace(old, new, 1)


HOSTILE = {
    "an unknown key": ('popullation = 5', "popullation is no key (did you mean 'population'"),
    "a level of another world": ('!level = "planet"', "level = 'planet', one of these is needed: ward"),
    "fewer than no people": ("!population = -5", "population = -5, a whole number from 0"),
    "people in words": ('!population = "abc"', "population = 'abc', a whole number"),
    "people without end": ("!population = inf", "population = inf, a whole number"),
    "lines = 5": ("lines = 5", "lines = 5, a list of names"),
    "lines in lines": ('lines = [["new_jobs"]]', "a list of names"),
    "a line nobody has": ('lines = ["new_job"]', "lines: new_job is not among the lines of the catalogue (did you mean 'new_jobs'"),
    "a headline that climbs": ('!headline = ["../../x"]', "headline: ../../x is not among the lines"),
    "illustrative in words": ('illustrative = "no"', "illustrative = 'no', true or false"),
    "a day of the month that is none": ("deadline_day = 32", "a whole number from 1 to 31"),
    "a flag for a day": ("deadline_day = true", "deadline_day = True, a whole number"),
    "a name that is a number": ("!name = 7", "name = 7, text is needed"),
    "a reference that climbs": ('[reference]\nnew_jobs = "../x"', "reference.new_jobs = '../x', the name of a file"),
    "references in a list": ("reference = [1]", "reference = [1], a table"),
    "an event without a day": ('[[boundary_event]]\nvi = "x"', "boundary_event 1, date is missing"),
    "an event of a day in words": ('[[boundary_event]]\nvi = "x"\ndate = "hôm qua"', "a day without quotation marks"),
    "an event without words": ("[[boundary_event]]\ndate = 2025-07-01", "its text is missing"),
    "an unknown fact": ("[override.new_jobs]\nzzz = 1", "override.new_jobs, zzz is no key"),
    "a fact of an unknown line": ("[override.new_jbos]\ndecimals = 1", "override.new_jbos is not among the lines of the catalogue (did you mean"),
    "an override that is a number": ("[override]\nnew_jobs = 1", "override.new_jobs = 1, a table of facts"),
    "another id by override": ('[override.new_jobs]\nid = "../x"', "override.new_jobs, id is no key"),
    "a thousand million decimals": ("[override.new_jobs]\ndecimals = 1000000000", "a whole number from 0 to 6"),
    "a direction by override": ('[override.new_jobs]\ndirection = "evil"', "direction = 'evil', one of these is needed: higher, lower"),
    "a number that is one": ("[override.new_jobs]\nnumber = 4", "number = 4, text is needed"),
    "limits upside down": ("[override.forest_cover]\nlower = 90\nupper = 10", "is not below upper"),
    "an unknown duty": ('[override.new_jobs.duty]\nowwner = "x"', "duty.owwner is no key (did you mean 'owner'"),
    "own lines in a number": ("indicator = 3", "tables headed [[indicator]]"),
    "sideways": (own('"higher"', '"sideways"'), "direction = 'sideways', one of these is needed: higher, lower"),
    "an unknown group": (own('"economy"', '"tourism"'), "group = 'tourism', one of these is needed: party"),
    "every week": (own('"month"', '"week"'), "Figures of weeks or days are handed in as sums to date"),
    "an unknown kind": (own('"flow"', '"flwo"'), "kind = 'flwo', one of these is needed: flow"),
    "an id of the catalogue": (own('"potholes"', '"new_jobs"'), "the catalogue has a line of this id"),
    "an id that climbs": (own('"potholes"', '"../x"'), "id = '../x', a name of small letters"),
    "the same id twice": (OWN + OWN, "[[indicator]] potholes stands 2 times"),
    "half a line": ('[[indicator]]\nid = "half"', "indicator half, missing: name, measure, kind"),
    "a rate of amounts without their measure": (own('kind = "flow"', 'kind = "flow_growth"'), "missing: flow_measure"),
}  # fmt: skip


def write(make_unit: Callable[..., str], root: Path, change: str) -> str:
    """A unit whose file says this; `!key = ...` replaces the line of that key."""
    unit = make_unit([])
    text = UNIT_TOML.format(more="")
    if change.startswith("!"):
        key = change[1:].split(" = ")[0]
        text = "\n".join(change[1:] if line.startswith(f"{key} =") else line for line in text.splitlines())
    else:
        text += f"\n{change}\n"
    (root / "data" / "raw" / unit / "unit.toml").write_text(text, encoding="utf-8")
    return unit


@pytest.mark.parametrize("name", HOSTILE)
def test_nonsense_in_a_units_file_is_refused_with_its_key_and_what_is_allowed(name: str, make_unit: Callable[..., str], root: Path):
    change, told = HOSTILE[name]
    unit = write(make_unit, root, change)
    with pytest.raises(KpiError) as refused:
        read_unit(unit)
    assert told in str(refused.value) and "thu/unit.toml" in str(refused.value)
    assert "Traceback" not in refused.value["vi"] and refused.value["vi"] != str(refused.value)
    assert cli.main(["check", "--unit", unit]) == 20


def test_all_faults_are_told_at_once(make_unit: Callable[..., str], root: Path):
    unit = write(make_unit, root, 'popullation = 5\nillustrative = "no"\nlines = ["new_job"]')
    with pytest.raises(KpiError, match="3 faults"):
        read_unit(unit)


def test_an_own_line_stands_and_one_that_says_so_takes_the_place_of_the_catalogues(make_unit: Callable[..., str], root: Path):
    assert read_unit(write(make_unit, root, OWN)).indicators["potholes"].direction == "higher"
    change = own('"potholes"', '"new_jobs"').replace("decimals = 0", "decimals = 0\nreplaces_catalogue = true")
    assert read_unit(write(make_unit, root, change)).indicators["new_jobs"].name["en"] == "Potholes"


@pytest.mark.parametrize("content", ["tên".encode("latin1", "replace") + b"\xff", "x = 1".encode("utf-16"), b"a = " + b"[" * 3000, b"[[["])
def test_what_is_no_toml_is_refused(content: bytes, make_unit: Callable[..., str], root: Path):
    unit = make_unit([])
    (root / "data" / "raw" / unit / "unit.toml").write_bytes(content)
    assert cli.main(["check", "--unit", unit]) == 20


REGISTERS = {
    "a year to come": ({"year": 9999}, "from 1900 to 2200"),
    "year nought": ({"year": 0}, "from 1900 to 2200"),
    "a year beyond all numbers": ({"year": "99999999999999999999"}, "from 1900 to 2200"),
    "digits of another script": ({"threshold": "１２"}, "a number is needed"),
    "marks between digits": ({"threshold": "1_000"}, "a number is needed"),
    "a threshold beyond all numbers": ({"threshold": "1e308"}, "from -1e+18 to 1e+18"),
    "adopted in the year one": ({"adopted": "0001-01-01"}, "a date like"),
    "adopted at the end of days": ({"adopted": "9999-12-31"}, "a date like"),
    "a grade of ninety-nine": ({"grade": "99"}, "from 1 to 3"),
    "a version misspelt": ({"version": "adopetd"}, "did you mean 'adopted'"),
    "a line that climbs": ({"indicator": "../../x"}, "is not among the unit's lines"),
    "a line misspelt": ({"indicator": "new_job"}, "did you mean 'new_jobs'"),
}


@pytest.mark.parametrize("name", REGISTERS)
def test_nonsense_among_the_targets_is_refused(name: str, make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str]):
    change, told = REGISTERS[name]
    unit = make_unit([], targets=[{**target("new_jobs", 2026, 1600), **change}])
    assert cli.main(["check", "--unit", unit, "--lang", "en"]) == 20
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", "a,b".encode("utf-16"), b"\xff\xfe\xff", b'indicator,year\n"x', b"indicator,year\nx,2026,1,2\n"]
)
@pytest.mark.parametrize("file", ["targets.csv", "plans.csv", "splits.csv", "perimeter.csv", "deliveries/x.csv"])
def test_what_is_no_table_is_refused(
    file: str, content: bytes, make_unit: Callable[..., str], root: Path, capsys: pytest.CaptureFixture[str]
):
    unit = make_unit([])
    (root / "data" / "raw" / unit / file).write_bytes(content)
    assert cli.main(["check", "--unit", unit, "--lang", "en"]) == 20
    assert file in capsys.readouterr().err


def test_a_folder_where_a_table_should_be_is_refused(make_unit: Callable[..., str], root: Path):
    unit = make_unit([])
    (root / "data" / "raw" / unit / "deliveries" / "x.csv").mkdir()
    assert cli.main(["check", "--unit", unit]) == 20


@pytest.mark.parametrize(
    "options", [["run", "--as-of", "0001-01-01"], ["run", "--year", "-5"], ["template", "--year", "99999"], ["run", "--year", "0"]]
)
def test_days_and_years_out_of_this_world_are_refused(options: list[str], make_unit: Callable[..., str]):
    assert cli.main([*options, "--unit", make_unit([])]) == 20


# ---- figures written by hand ----------------------------------------------------------------------------------------------------------


def health(period: str, value: float, published: str) -> dict[str, object]:
    return row("health_insurance_coverage", "level", period, value, published, measure="%")


PAST = [health(f"2025-{month:02d}-28", 97.6 + 0.1 * month, f"2025-{month + 1:02d}-06") for month in range(1, 9)] + [
    row("new_jobs", "cumulative", "2025-07-31", 70, "2025-08-06", measure="lượt lao động"),
    row("new_jobs", "month", "2025-07", 40, "2025-08-06", measure="lượt lao động"),
]  # fmt: skip
BY_HAND = {
    "a fraction for a percentage": ([health("2025-09-28", 0.9844, "2025-10-06")], "value_unusual"),
    "a sum that falls": ([row("new_jobs", "cumulative", "2025-08-31", 55, "2025-09-06", measure="lượt lao động")], "cumulative_falls"),
    "months that do not make the sum": (
        [row("new_jobs", "cumulative", "2025-08-31", 160, "2025-09-06", measure="lượt lao động"),
         row("new_jobs", "month", "2025-08", 40, "2025-09-06", measure="lượt lao động")],
        "cumulative_against_months",
    ),
    "above a hundred": ([health("2025-09-28", 104.0, "2025-10-06")], "outside_limits"),
    "two values of one day": ([health("2025-09-28", 98.4, "2025-10-06"), {**health("2025-09-28", 98.9, "2025-10-06"), "source": "hai"}], "figure_twice"),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_what_is_written_by_hand_passes_the_checks_of_a_delivery(
    name: str, make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str]
):
    rows, check = BY_HAND[name]
    assert cli.main(["check", "--unit", make_unit(PAST)]) == 0
    assert cli.main(["check", "--unit", make_unit([*PAST, *rows], unit="hai"), "--lang", "en"]) == 20
    assert f"[{check}]" in capsys.readouterr().err


@pytest.mark.parametrize(("line", "measure"), [("new_jobs", "lượt lao động"), ("new_enterprises", "doanh nghiệp")])
def test_two_files_of_one_day_are_held_against_each_other(
    line: str, measure: str, make_unit: Callable[..., str], root: Path, capsys: pytest.CaptureFixture[str]
):
    own = row(line, "cumulative", "2025-08-31", 80, "2025-09-06", measure=measure)
    unit = make_unit([*PAST, own])
    folder = root / "data" / "raw" / unit / "deliveries"
    (written,) = folder.glob("*.csv")
    heading, *_, last = written.read_text(encoding="utf-8").splitlines()
    second = folder / "z.csv"
    second.write_text("\n".join([heading, last.replace("80", "800").replace("thử", "hai")]) + "\n", encoding="utf-8")
    assert cli.main(["check", "--unit", unit, "--lang", "en"]) == 20
    told = capsys.readouterr().err
    assert "z.csv" in told and "[revision_beyond]" in told


@pytest.mark.parametrize(("line", "measure"), [("new_jobs", "lượt lao động"), ("new_enterprises", "doanh nghiệp")])
def test_one_figure_in_two_files_is_refused_with_the_places_of_both(
    line: str, measure: str, make_unit: Callable[..., str], root: Path, capsys: pytest.CaptureFixture[str]
):
    own = [row(line, "month", f"2025-0{month}", 80, "2025-09-06", measure=measure) for month in (1, 2, 3)]
    folder = root / "data" / "raw" / make_unit([*PAST, *own]) / "deliveries"
    (written,) = folder.glob("*.csv")
    heading, *lines = written.read_text(encoding="utf-8").splitlines()
    (folder / "z.csv").write_text("\n".join([heading, lines[-1], lines[-3]]) + "\n", encoding="utf-8")
    assert cli.main(["check", "--unit", folder.parent.name, "--lang", "en"]) == 20
    told, value = capsys.readouterr().err, chr(65 + heading.split(",").index("value"))
    last = len(lines) + 1
    for first, second in ((last, 2), (last - 2, 3)):
        assert f"deliveries/{written.name}!{value}{first} and deliveries/z.csv!{value}{second}: the same key twice" in told


@pytest.mark.parametrize("name", ["cumulative_falls", "month_above_sum"])
def test_a_fault_that_names_no_row_is_told_too(
    name: str, make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def of_the_file(case: Case) -> Iterator[Fault]:
        yield fault(name, file=case.reading.file, found="a sum of the whole file")

    monkeypatch.setattr(meaning, "CHECKS", [*meaning.CHECKS, of_the_file])
    assert cli.main(["check", "--unit", make_unit(PAST), "--lang", "en"]) == 20
    told = capsys.readouterr().err
    assert f"[{name}]: a sum of the whole file" in told and "answers.csv" not in told


def test_a_fault_by_hand_is_answered_for_by_name_and_for_one_value_alone(
    make_unit: Callable[..., str], root: Path, capsys: pytest.CaptureFixture[str]
):
    unit = make_unit([*PAST, health("2025-09-28", 93.1, "2025-10-06")])
    assert cli.main(["check", "--unit", unit, "--lang", "en"]) == 20
    line = capsys.readouterr().err.strip().rpartition(": ")[2].replace("…,…", "Trần B,đợt rà soát")
    heading = "check,indicator,series,basis,period,status,value,published,name,reason,answered"
    (root / "data" / "raw" / unit / "answers.csv").write_text(f"{heading}\n{line}\n", encoding="utf-8")
    assert cli.main(["check", "--unit", unit]) == 0
    make_unit([*PAST, health("2025-09-28", 9.31, "2025-10-06")])
    assert cli.main(["check", "--unit", unit]) == 20


def test_what_cannot_be_is_not_answered_for(make_unit: Callable[..., str], root: Path, capsys: pytest.CaptureFixture[str]):
    unit = make_unit([*PAST, health("2025-09-28", 104.0, "2025-10-06")])
    assert cli.main(["check", "--unit", unit, "--lang", "en"]) == 20
    line = capsys.readouterr().err.strip().rpartition(": ")[2].replace("…,…", "Trần B,đúng")
    heading = "check,indicator,series,basis,period,status,value,published,name,reason,answered"
    (root / "data" / "raw" / unit / "answers.csv").write_text(f"{heading}\n{line}\n", encoding="utf-8")
    assert cli.main(["check", "--unit", unit]) == 20


def test_a_fault_of_the_answers_is_told_with_those_of_the_registers(
    make_unit: Callable[..., str], root: Path, capsys: pytest.CaptureFixture[str]
):
    unit = make_unit(PAST)
    for file in ("answers.csv", "plans.csv"):
        (root / "data" / "raw" / unit / file).write_text("x\ny\n", encoding="utf-8")
    assert cli.main(["check", "--unit", unit, "--lang", "en"]) == 20
    told = capsys.readouterr().err
    assert f"{unit}/answers.csv" in told and f"{unit}/plans.csv" in told


def test_a_column_in_another_measure_is_told_without_a_thousand_lines(make_unit: Callable[..., str], capsys: pytest.CaptureFixture[str]):
    rows = [row("new_jobs", "month", f"{2000 + n // 12}-{n % 12 + 1:02d}", 40, "2025-08-06", measure="km") for n in range(240)]
    assert cli.main(["check", "--unit", make_unit(rows), "--lang", "en"]) == 20
    told = capsys.readouterr().err
    assert (
        "480 faults" in told and "… and 380 more" in told and told.count("[measure_other]") == 100
    )  # of each figure its measure, and its past
