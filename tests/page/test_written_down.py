"""What an officer writes down at the desk stands in the register that owns it, or nowhere; and on the next page of its line."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from kpi_lib.definitions import folders
from kpi_lib.definitions.columns import add_rows
from kpi_lib.definitions.events import events_of, read_events
from kpi_lib.definitions.frames import JUDGEMENTS
from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.owners.answers import answer
from kpi_lib.definitions.owners.assumptions import read_scenarios
from kpi_lib.definitions.owners.judgements import owners_words
from kpi_lib.definitions.owners.phases import phases_in_force
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.supposed import supposed
from kpi_lib.outlook.verdict import outlook_for
from kpi_lib.page.desk.keep import Keeping, keeping
from kpi_lib.reports.door import faults
from kpi_lib.words.messages import KpiError
from tests.conftest import monthly, target

DAY = dt.date(2025, 10, 15)
MEASURES = {"new_enterprises": "doanh nghiệp", "new_jobs": "lượt lao động"}
EVENT = {
    "what": "Cụm công nghiệp   Tân Lập", "amount": "1.000,5", "from": "2025-11-01", "to": "2025-12-20", "probability": "62,5",
    "document": "Kế hoạch 12/KH-UBND", "who": "Sở Tài chính", "on": "2025-10-15",
}  # fmt: skip
WORD = {"who": "Phòng Kinh tế", "status": "at_risk", "reason": "thiếu đơn hàng", "action": "", "due": "2025-11-15", "date": "2025-10-14"}
PLAN = {"document": "Kế hoạch 9/KH-UBND", "date": "2025-10-10", "version": "operating", "who": "Lê Thị Hà"}
SPOILT = {
    "event": (("amount", "11.8", "Adds to the year"), ("what", "", "still empty"), ("what", "???", "Say in words"), ("to", "2026-01-05", "same year"),
              ("probability", "101", "0 to 1"), ("on", "mai", "Written down on"), ("amount", "9000000", "more than 3 times"), ("who", "a\x07b", "text is needed")),
    "word": (("status", "xong", "none of the choices"), ("reason", "", "needs a reason"), ("due", "2025-10-01", "before it was said"), ("who", " ", "still empty")),
    "plan": (("document", "theo tinh thần họp", "no document"), ("date", "2025-12-01", "still to come"), ("month@2025-03", "-5", "below nought"),
             ("month@2025-03", "abc", "no number"), ("month@2025-03", "99.999", "Check the unit of measure")),
    "answer": (("question", "gia", "none of the choices"), ("answer", "", "still empty"), ("who", "a\u202eb", "who")),
}  # fmt: skip


@pytest.fixture(params=["new_enterprises", "new_jobs"])
def desk(request: pytest.FixtureRequest, make_unit: Callable[..., str]) -> Keeping:
    line, measure = request.param, MEASURES[request.param]
    asked = f'[override.{line}]\nquestions = {{ base = "Tính theo số nào?", who = "Ai công bố?" }}\n[questions]'
    rows = [row for year in (2022, 2023, 2024) for row in monthly(line, year, [400 + 10 * year % 7] * 12, measure=measure)]
    make_unit([*rows, *monthly(line, 2025, [420] * 9, measure=measure)], targets=[target(line, 2025, 5000)], toml=asked)
    return keeping(read_unit("thu"), line, year=2025, as_of=DAY, lang="vi")


def typed(desk: Keeping, kind: str) -> dict[str, str]:
    """What an officer types into a form of a kind, with the periods of the plan as they stand in it."""
    desk.choose(kind=kind)
    if kind == "plan":
        from kpi_lib.page.desk.notes import _plan_fields

        return {each.name: each.usual for each in _plan_fields(desk) if "@" in each.name} | PLAN
    return {
        "event": EVENT,
        "word": WORD,
        "answer": {"question": "base", "answer": "Ước thực hiện 2024", "who": "UBND", "on": "2025-10-01"},
    }[kind]


def folder_of(desk: Keeping) -> dict[str, bytes]:
    root = folders.raw(desk.unit.id)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["event", "word", "plan", "answer"])
def test_what_is_written_down_is_read_by_its_register_passes_the_guard_and_stands_on_the_board(desk: Keeping, kind: str):
    desk.keep(typed(desk, kind))
    assert faults(desk.unit.id, DAY)[0] == []
    unit, line = read_unit(desk.unit.id), desk.line
    if kind == "event":
        (event,) = events_of(unit, line, 2025, as_of=DAY)
        assert (event.id, event.what, event.amount, event.probability) == (
            "cum-cong-nghiep-tan-lap",
            "Cụm công nghiệp Tân Lập",
            1000.5,
            0.625,
        )
        assert events_of(unit, line, 2025, as_of=DAY - dt.timedelta(1)) == ()
    elif kind == "word":
        (said,) = owners_words(unit, line.id, 2025, as_of=DAY)
        assert (said.status, said.due, said.date) == ("at_risk", dt.date(2025, 11, 15), dt.date(2025, 10, 14))
    elif kind == "plan":
        phases = phases_in_force(unit, line, 2025, as_of=DAY)
        assert len(phases) == 12 and sum(each.value for each in phases) == 5000
    else:
        assert [one.answer and one.answer["vi"] for one in line.questions] == ["Ước thực hiện 2024", None]
    again = keeping(read_unit(desk.unit.id), desk.indicator, year=2025, as_of=DAY, lang="en")  # the desk opened anew
    again.choose(kind=kind)
    shown = "".join(map(str, again.parts()))
    assert "On record of this line" in shown
    assert {"event": "Tân Lập", "word": "thiếu đơn hàng", "plan": "9/KH-UBND", "answer": "Ước thực hiện 2024"}[kind] in shown


@pytest.mark.parametrize(("kind", "field", "value", "told"), [(kind, *each) for kind, some in SPOILT.items() for each in some])
def test_what_will_not_do_is_refused_in_a_sentence_and_no_byte_changes(desk: Keeping, kind: str, field: str, value: str, told: str):
    form, before = {**typed(desk, kind), field: value}, folder_of(desk)
    with pytest.raises(KpiError, match=told):
        desk.keep(form)
    assert folder_of(desk) == before


def test_the_same_event_again_is_another_one_and_both_stand(desk: Keeping):
    for _ in range(3):
        desk.keep(typed(desk, "event"))
    assert [*read_events(desk.unit)["id"]] == [f"cum-cong-nghiep-tan-lap{end}" for end in ("", "-2", "-3")]


def test_words_that_are_markup_or_long_stand_as_words(desk: Keeping):
    what = "<script>alert(1)</script> " + "đấu giá đất " * 30
    desk.keep({**typed(desk, "event"), "what": what, "who": '"><img src=x>'})
    shown = "".join(map(str, desk.parts()))
    assert "<script>" not in shown and "<img" not in shown and "&lt;script&gt;" in shown
    assert [*read_events(desk.unit)["what"]] == [what.strip()]


def test_a_line_that_takes_no_events_says_so_and_writes_nothing(make_unit: Callable[..., str]):
    make_unit([], targets=[target("gross_product_growth", 2025, 8)])
    desk = keeping(read_unit("thu"), "gross_product_growth", year=2025, as_of=DAY, lang="en")
    assert "Nothing can be added to this line" in "".join(map(str, desk.parts()))
    with pytest.raises(KpiError, match="Nothing can be added to this line"):
        desk.keep(EVENT)


@pytest.mark.parametrize("line", ["new_jobs", "budget_revenue_growth"])
@pytest.mark.parametrize(
    "old",
    ["[questions]\n", "[questions]\n\n[questions.{line}] # sổ\n{name} = {{ answer = \"cũ\", who = \"A\", on = 2025-01-02 }}\n\n[override.new_jobs]\ndecimals = 0\n"],
    ids=["none yet", "answered before"],
)  # fmt: skip
def test_an_answer_changes_its_own_line_of_the_units_file_and_no_other(make_unit: Callable[..., str], line: str, old: str):
    unit = read_unit(make_unit([], toml="[questions]"))
    name = unit.indicators[line].questions[0].id
    path = folders.raw("thu") / "unit.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[questions]\n", old.format(line=line, name=name)), encoding="utf-8")
    before = path.read_text(encoding="utf-8").splitlines()
    answer(read_unit("thu"), line, name, text='theo "Niên giám"\\', who="UBND", on=DAY)
    after = path.read_text(encoding="utf-8").splitlines()
    gone, new = set(before) - set(after), set(after) - set(before)
    assert len(gone) == ("cũ" in old) and any(each.startswith(f"{name} = ") for each in new) and len(new) <= 2
    assert tomllib.loads(path.read_text(encoding="utf-8"))["questions"][line][name]["answer"] == 'theo "Niên giám"\\'
    question = read_unit("thu").indicators[line].questions[0]
    assert question.answer is not None and question.on == DAY


def test_a_file_laid_out_in_another_way_is_left_alone_with_the_line_to_write(make_unit: Callable[..., str]):
    unit = read_unit(make_unit([], toml="[questions]"))
    name = unit.indicators["new_jobs"].questions[0].id
    path = folders.raw("thu") / "unit.toml"
    inline = f'questions = {{ new_jobs = {{ {name} = {{ answer = "cũ", who = "A", on = 2025-01-02 }} }} }}\n'
    path.write_text(inline + path.read_text(encoding="utf-8").replace("[questions]", ""), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(KpiError, match=r"only be added by hand: under \[questions.new_jobs\] write"):
        answer(read_unit("thu"), "new_jobs", name, text="mới", who="B", on=DAY)
    assert path.read_bytes() == before


SCENARIO = {
    "reason": "Xuất khẩu chậm lại", "growth_of_rest": "-10", "amount_1": "100", "from_1": "2025-11-01", "to_1": "2025-11-30", "probability_1": "100",
    "amount_2": "50,5", "from_2": "2025-12-01", "to_2": "2025-12-20", "probability_2": "50", "author": "Sở Tài chính", "date": "2025-10-15", "publish": "1",
}  # fmt: skip


def test_a_scenario_of_several_dated_sums_is_tried_and_kept_and_stands_on_the_page_of_its_line(desk: Keeping):
    desk.choose(kind="scenario")
    before = folder_of(desk)
    plain = str(desk.try_out({**SCENARIO, "amount_1": "", "amount_2": "", "growth_of_rest": "0"}))
    shown = str(desk.try_out({**SCENARIO, "reason": "", "author": ""}))
    assert "GIẢ ĐỊNH" in shown and shown != plain and folder_of(desk) == before, "trying writes nothing"
    desk.keep(SCENARIO)
    (kept,) = read_scenarios("thu", as_of=DAY)
    assert (kept.name, kept.publish, kept.assumptions[0].growth_of_rest) == ("xuat-khau-cham-lai", True, -10)
    assert [(each.amount, each.probability) for each in kept.assumptions[0].sums] == [(100, 1.0), (50.5, 0.5)]
    item = outlook_for(read_observations("thu"), desk.unit, desk.line, 2025, as_of=DAY)
    (found,) = supposed(item, read_observations("thu"))
    assert found.outlook is not None and found.outlook.projection.middle != item.projection.middle
    assert faults("thu", DAY)[0] == [] and "Xuất khẩu chậm lại" in "".join(map(str, desk.parts()))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"amount_2": "9000000"}, "more than 3 times"), ({"to_1": ""}, "still empty"), ({"to_2": "2026-02-01"}, "within 2025"), ({"probability_1": "140"}, "from 0 to 1"),
        ({"growth_of_rest": "-300"}, "from -100"), ({"model": "oracle"}, "none of the choices"), ({"reason": "…"}, "Say in words"),
        ({"growth_of_rest": "", "amount_1": "", "amount_2": ""}, "Nothing is supposed"),
    ],
)  # fmt: skip
def test_a_scenario_that_will_not_do_is_refused_and_no_byte_changes(desk: Keeping, changed: dict[str, str], told: str):
    desk.choose(kind="scenario")
    before = folder_of(desk)
    with pytest.raises(KpiError, match=told):
        desk.keep({**SCENARIO, **changed})
    assert folder_of(desk) == before


def _write(path: Path, who: str) -> None:
    for number in range(1, 13):
        row = {"indicator": "new_jobs", "year": 2025, "date": f"2025-{number:02d}-01", "who": who, "status": "met"}
        add_rows(path, JUDGEMENTS, [row])


def test_two_officers_who_write_at_once_lose_nothing(make_unit: Callable[..., str]):
    path = folders.raw(make_unit([])) / "judgements.csv"
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=_write, args=(path, who)) for who in ("Phòng Kinh tế", "Phòng Nội vụ")]
    for each in both:
        each.start()
    for each in both:
        each.join(60)
    assert [each.exitcode for each in both] == [0, 0]
    assert len(path.read_text(encoding="utf-8").splitlines()) == 25
