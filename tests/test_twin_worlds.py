"""Two worlds that differ in what becomes known after the day of a report say, number and draw the same; no later word or number enters."""

from __future__ import annotations

import ast
import difflib
import json
import re
import shutil
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest
from conftest import PROJECT, furnish, row, target, write_unit

import kpi_lib as kpi
from kpi_lib.charts.base.drawing import render
from kpi_lib.definitions import folders, frames
from kpi_lib.definitions.columns import QUOTED, Column, Table
from kpi_lib.definitions.indicators import BoundaryEvent, Note, Unit, day, read_unit
from kpi_lib.definitions.questions import Question
from kpi_lib.deliveries.intake import ingest
from kpi_lib.figures.boundaries import PERIMETER
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page import draft
from kpi_lib.page.markup import Stack
from kpi_lib.record import ledger
from kpi_lib.record.values.report import of_report
from kpi_lib.reports import word
from kpi_lib.reports.manifest import Report, manifest, pages_of
from tests.made import three_years

AS_OF, LATER = "2025-10-15", "2025-12-04"
VALUE, MARK = 918273.645, "dấu 918.273,645"
FOUND = re.compile(r"918\D{0,6}273")
NOTEBOOKS = {path.stem: path for path in (PROJECT / "notebooks").glob("*.ipynb") if path.stem not in ("start", "explore", "compare")}
CODES = {"indicator", "basis", "period", "measure", "status", "file", "sheet", "cell"}  # what the library reads, not a reader

TOML = """
lines = ["new_enterprises", "new_jobs", "gross_product_growth"]
[reference]
new_enterprises = "elsewhere"
[override.new_jobs]
definition = "Lượt lao động có việc làm."
notes = [{known = 2025-03-01, text = "Quý I kết thúc tháng 3."}]
[questions.new_jobs]
counting = {answer = "Đếm lượt lao động", who = "Phòng Lao động", on = 2025-02-03}
[[boundary_event]]
date = 2021-01-01
vi = "Nhập hai xã"
en = "Two communes joined"
"""


def free(table: Table) -> list[Column]:
    """The columns in which a reader may write what they like: texts without a list of words, and numbers."""
    return [c for c in table.columns if c.name not in CODES and ((c.kind == "text" and not c.words) or c.kind == "number")]


def unquoted(table: Table, base: dict[str, object], words: str = "x") -> list[dict[str, object]]:
    """A row known by the report, of which the page that it quotes is of a later day."""
    quoted = {name: words for name in QUOTED if name in table.names}
    return [{**base, **quoted, "seen": LATER}] if "seen" in table.names else []


def later_rows(table: Table, base: dict[str, object]) -> list[dict[str, object]]:
    """That row with the mark in its words; then for each day of the table a row of which that day is later, marked in every free column."""
    shares = {c.name for c in free(table) if table is PERIMETER or c.most == 1}
    marked = {c.name: MARK if c.kind == "text" else VALUE / 1e6 if c.name in shares else VALUE for c in free(table)}
    marked |= {"id": "later"} if table is frames.EVENTS else {}  # a name of small letters, no words of a reader
    other = {"adopted": "2025-03-03"} if "adopted" in table.known else {}  # no version twice
    return unquoted(table, base, MARK) + [{**base, **marked, **other, name: LATER} for name in table.known]


PLAN = {
    "indicator": "new_jobs", "year": 2025, "value": 1500, "measure": "lượt lao động", "version": "assigned", "document": "Kế hoạch 7",
    "adopted": "2025-01-02", "source": "thử",
}  # fmt: skip
PHASE = {**PLAN, "value": 400, "document": "Kịch bản 9", "basis": "quarter", "period": "2025-Q2"}
WORD = {
    "indicator": "new_jobs", "year": 2025, "date": "2025-10-01", "who": "Phòng Lao động", "status": "at_risk", "reason": "Thiếu đơn hàng",
}  # fmt: skip
SPLIT = {
    "indicator": "new_enterprises", "year": 2025, "area": "Khu 1", "value": 3, "measure": "doanh nghiệp", "kind": "need",
    "published": "2025-09-01", "source": "thử",
}  # fmt: skip
EVENT = {
    "id": "plant", "indicator": "new_enterprises", "what": "Cụm công nghiệp mở", "amount": 12, "measure": "doanh nghiệp", "from": "2025-09-16",
    "to": "2025-11-30", "probability": 0.5, "document": "Quyết định 9", "who": "Nguyễn An", "on": "2025-08-01",
}  # fmt: skip
PART = {"event": "2021-01-01", "old_unit": "xã A", "indicator": "*", "share": 1, "low": 1, "high": 1, "key": "toàn bộ", "source": "thử"}
ELSEWHERE = [
    {"area": "Nơi khác", "year": year, "month": month, "cumulative": 100 * month, "measure": "doanh nghiệp", "source": "thử"}
    for year in (2022, 2023)
    for month in range(1, 13)
]
GROWTH = row("gross_product_growth", "cumulative", "2025-09-30", 11.67, "2025-10-06", measure="%", status="estimate")
JOBS = row("new_jobs", "cumulative", "2025-06-30", 700, "2025-07-06", measure="lượt lao động")
GOAL = target("new_jobs", 2025, 1600)
ANSWER = {
    "check": "value_unusual", "indicator": "new_jobs", "basis": "cumulative", "period": "2025-06-30", "status": "actual", "value": 700,
    "published": "2025-07-06", "name": "Nguyễn An", "reason": "đã đối chiếu", "answered": "2025-07-07",
}  # fmt: skip
BASES: dict[str, tuple[Table, list[dict[str, object]], dict[str, object]]] = {
    "deliveries/so_lieu.csv": (
        frames.DELIVERY,
        [*three_years(), GROWTH, JOBS],
        {**JOBS, "period": "2025-09-30", "published": "2025-10-07"},
    ),
    "targets.csv": (
        frames.TARGETS,
        [target("new_enterprises", 2025, 115), target("gross_product_growth", 2025, 14), GOAL],
        {**GOAL, "adopted": "2025-02-02"},
    ),
    "plans.csv": (frames.PLANS, [PLAN], {**PLAN, "adopted": "2025-02-02"}),
    "events.csv": (frames.EVENTS, [EVENT], {**EVENT, "id": "later"}),
    "plans.csv#periods": (frames.REGISTER, [PHASE], {**PHASE, "adopted": "2025-02-02", "period": "2025-Q3"}),
    "judgements.csv": (frames.JUDGEMENTS, [WORD, {**WORD, "status": "asked", "who": "UBND"}], {**WORD, "date": "2025-10-02"}),
    "splits.csv": (frames.SPLITS, [SPLIT, {**SPLIT, "area": "Khu 2", "value": 5}], {**SPLIT, "area": "Khu 3"}),
    "perimeter.csv": (PERIMETER, [PART], {**PART, "old_unit": "xã B"}),
    "answers.csv": (frames.ANSWERS, [ANSWER], {**ANSWER, "period": "2025-05-31"}),
    "../reference/elsewhere.csv": (frames.REFERENCE, ELSEWHERE, {**ELSEWHERE[0], "year": 2024, "month": 1}),
}


def test_the_later_world_plants_the_mark_in_every_table_that_has_days():
    """A table, a remark or a record that gains a free text gains a place in the later world, or this fails."""
    tables = [each for each in vars(frames).values() if isinstance(each, Table) and each.known] + [PERIMETER]
    planted = {table.name for table, _, _ in BASES.values()}
    assert {table.name for table in tables} == planted | {"accepted", "observations"}  # these two are made of deliveries
    assert [field.name for field in fields(Note)] == ["known", "text"]
    assert [field.name for field in fields(Question)] == ["id", "text", "answer", "who", "on"]
    assert [field.name for field in fields(BoundaryEvent)] == ["date", "text", "document", "source"]


def world(root: Path, *, later: bool) -> str:
    """The unit with what is known on the day of the report, and, where asked for, what comes after it, in every file."""
    unit = write_unit(root, [], toml=TOML)
    folder = folders.raw(unit)
    written: dict[str, list[dict[str, object]]] = {}
    for name, (table, known, base) in BASES.items():  # behind "#" stands what else one file holds
        rows = [*known, *(later_rows(table, base) if later else unquoted(table, base))]
        (folder / (file := name.split("#")[0])).parent.mkdir(exist_ok=True)
        written[file] = [*written.get(file, []), *rows]
        pd.DataFrame(written[file]).reindex(columns=table.names).to_csv(folder / file, index=False)
    _scenario(unit, "thu", "Xuất khẩu chậm lại", "2025-09-01", 90.0)
    if later:
        _scenario(unit, "sau", MARK, LATER, 91.8273)
        text = (folder / "unit.toml").read_text(encoding="utf-8")
        text = text.replace("notes = [", f'notes = [{{known = {LATER}, text = "{MARK}"}}, ')
        later_answer = f'answer = "{MARK}", who = "{MARK}", on = {LATER}'
        text += f"[questions.new_enterprises]\ncounted = {{{later_answer}}}\n"
        text += f'[[boundary_event]]\ndate = {LATER}\nvi = "{MARK}"\nen = "{MARK}"\ndocument = "{MARK}"\nsource = "{MARK}"\n'
        (folder / "unit.toml").write_text(text, encoding="utf-8")
    _deliver(root, unit, "2025-10-10", "một")
    _round(unit, "2025-07-15")
    if later:
        _deliver(root, unit, LATER, MARK)
        _round(unit, LATER)
    return unit


def _scenario(unit: str, name: str, words: str, date: str, rest: float) -> None:
    """A scenario that stands on the page of a line from its day on."""
    told = [{"indicator": "new_enterprises", "rest": rest}]
    kpi.save_scenario(unit, name, told, author=words, reason=words, date=date, year=2025, publish=True)


def _deliver(root: Path, unit: str, received: str, words: str) -> None:
    """A table that a department sends, with a figure that is taken over, and one that waits."""
    value = 40 if words == "một" else VALUE
    path = root / f"{words.replace(' ', '-')}.csv"
    path.write_text(
        "chỉ tiêu,kỳ,giá trị,loại,đơn vị,nguồn,ghi chú\n"
        f"new_enterprises,2025-08,{value},thực hiện,doanh nghiệp,{words.replace(',', ' ')},{words.replace(',', ' ')}\n",
        encoding="utf-8",
    )
    ingest([path], unit, received=day(received), sender=words)


def _round(unit: str, as_of: str) -> None:
    """A report published on a day, as the ledger keeps it."""
    place, obs = read_unit(unit, as_of=as_of), kpi.read_observations(unit, as_of=as_of)
    ledger.record(kpi.outlooks(obs, place, 2025, as_of=as_of), data_digest="x", code_version="0")


def everything(unit: str, folder: Path, lang: str) -> dict[str, str]:
    """All that a report of the unit says and draws, by page: words, numbers, charts and what-if data, drafts as documents, the manifest."""
    place, obs = read_unit(unit, as_of=AS_OF), kpi.read_observations(unit, as_of=AS_OF)
    items = kpi.outlooks(obs, place, 2025, as_of=AS_OF)
    common = {"unit": unit, "year": 2025, "as_of": AS_OF, "lang": lang}
    pages = pages_of(items)
    found = {page.name: shown(NOTEBOOKS[page.notebook], {**common, **page.parameters}) for page in pages}
    found |= {f"{skin}.docx": _document(items, place, skin, folder, lang) for skin in draft.SKINS}
    values = of_report(items, obs, place, kpi.replay(obs, place, 2025, as_of=AS_OF))
    told = manifest(Report(place, 2025, day(AS_OF), obs, items, lang, "digest"), pages, folder, values, ())
    return found | {
        "manifest.json": json.dumps({key: told[key] for key in told if key not in ("inputs", "outputs", "pieces")}, ensure_ascii=False)
    }


def shown(file: Path, parameters: dict[str, object]) -> str:
    """What the cells of a notebook show: HTML, and the specifications of charts and of the what-if."""
    found: list[str] = []
    names = dict(parameters)
    for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", []):
            *steps, last = ast.parse("".join(cell["source"])).body
            shows = isinstance(last, ast.Expr)
            exec(compile(ast.Module(steps if shows else [*steps, last], []), file.name, "exec"), names)
            found += _told(eval(compile(ast.Expression(last.value), file.name, "eval"), names)) if shows else []
    return "\n".join(found)


def _told(part: Any) -> list[str]:
    if isinstance(part, Stack):
        return [text for each in part.parts for text in _told(each)]
    if isinstance(part, alt.TopLevelMixin):
        return [json.dumps(render(part.to_dict(validate=False)), ensure_ascii=False, default=str)]
    made = part._repr_mimebundle_() if hasattr(part, "_repr_mimebundle_") else getattr(part, "_repr_html_", lambda: "")()
    return [made or "" if isinstance(made, str) else json.dumps(made, ensure_ascii=False, default=str)]


def _document(items: list[Outlook], unit: Unit, skin: str, folder: Path, lang: str) -> str:
    path = word.write(draft.draft(items, unit, skin=skin, lang=lang), items, folder / f"{skin}.docx")
    with zipfile.ZipFile(path) as packed:
        return "\n".join(packed.read(name).decode("utf-8") for name in packed.namelist() if name.endswith(".xml"))


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Where two reports part, page by page, with a few words around the first place."""
    found = [f"pages: {sorted(one)} and {sorted(other)}"] if set(one) != set(other) else []
    for name in one.keys() & other.keys():
        pair = [re.split(r"(?<=[>,.;])", text[name]) for text in (one, other)]
        changed = [line for line in difflib.unified_diff(*pair, lineterm="", n=0) if line[:3] not in ("---", "+++") and line[0] in "+-"]
        found += [f"{name}: {' '.join(changed[:6])[:300]}"] if changed else []
    return found


@pytest.mark.slow
def test_what_becomes_known_later_changes_no_word_number_or_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KPI_BATCH", "1")  # what is drawn is told by its specification
    reports: dict[bool, dict[str, str]] = {}
    for later in (False, True):
        root = tmp_path / str(later)
        furnish(root)
        monkeypatch.setenv("KPI_ROOT", str(root))
        unit = world(root, later=later)
        reports[later] = {f"{lang}/{name}": text for lang in ("vi", "en") for name, text in everything(unit, root, lang).items()}
    assert differences(reports[False], reports[True]) == []
    assert [name for name, text in reports[True].items() if FOUND.search(text)] == []
    assert all(
        any(word in text for text in reports[True].values())
        for word in ("Khu 1", "xã A", "Kế hoạch 7", "Kịch bản 9", "Thiếu đơn hàng", "Đếm lượt lao động", "một.csv", "Quý I kết thúc")
    )


# ---- the shipped units -------------------------------------------------------------------------------------------------------------


def _forget(folder: Path, as_of: str) -> None:
    """Delete from a unit's files whatever is of a day after the report, and what rows quote of later pages; without the library."""
    for path in sorted(folder.rglob("*.csv")):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        days = [name for name in ("published", "adopted", "reconstructed", "event") if name in rows]
        rows = rows[(rows[days] <= as_of).all(axis=1)] if days else rows
        if "seen" in rows:
            later = rows["seen"] > as_of
            rows = rows.assign(source=rows["source"].mask(later, "x"), note=rows["note"].mask(later, ""))
        rows.to_csv(path, index=False)
    definition = folder / "unit.toml"
    notes = re.compile(r"\{ *known *= *(\d{4}-\d\d-\d\d) *, *text *= *(?:\{[^{}]*\}|\"[^\"]*\") *\} *,?")
    text = definition.read_text(encoding="utf-8")
    definition.write_text(notes.sub(lambda found: found[0] if found[1] <= as_of else "", text), encoding="utf-8")


def _parts(unit: str, as_of: str) -> dict[str, str]:
    """Outlooks and what the pages say of them; the record of past years, which takes minutes, left out."""
    place, obs = read_unit(unit, as_of=as_of), kpi.read_observations(unit, as_of=as_of)
    year = int(as_of[:4])
    items = kpi.outlooks(obs, place, year, as_of=as_of)
    shared = (kpi.page.answer, kpi.page.attention, kpi.page.all_lines, kpi.page.awaited, kpi.page.resolution)
    overview = [*(page(items, "vi") for page in shared), kpi.page.headline(items, place, "vi"), kpi.page.draft_report(items, place, "vi")]
    found = {"overview": "\n".join(text for part in overview for text in _told(part))}
    found["data"] = shown(NOTEBOOKS["data_quality"], {"unit": unit, "year": year, "as_of": as_of, "lang": "vi"})
    for item in (item for item in items if item.reportable):
        parts = (page(item, "vi") for page in (kpi.page.verdict, kpi.page.base, kpi.page.chances, kpi.page.definition))
        made = [*parts, kpi.page.what_it_takes(item, place, "vi"), kpi.page.what_if(item, "vi"), kpi.page.sources(obs, item, "vi")]
        found[item.indicator.id] = "\n".join(text for part in made for text in _told(part)) + repr(item.projection.draws.tolist())
    return {name: re.sub(r"\.csv:[A-Z]+\d+", ".csv", text) for name, text in found.items()}  # a cell moves up where rows above it go


@pytest.mark.slow
@pytest.mark.parametrize(("unit", "as_of"), [("quang-ninh", "2025-10-15"), ("viet-nam", "2023-07-31")])
def test_a_shipped_unit_reports_the_same_without_all_that_came_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unit: str, as_of: str
):
    monkeypatch.setenv("KPI_BATCH", "1")
    reports = []
    for forgets in (False, True):
        raw = tmp_path / str(forgets) / "data" / "raw"
        for name in (unit, "reference"):
            shutil.copytree(PROJECT / "data" / "raw" / name, raw / name)
        before = (raw / unit / "unit.toml").read_text(encoding="utf-8")
        if forgets:
            _forget(raw / unit, as_of)
            assert (raw / unit / "unit.toml").read_text(encoding="utf-8") != before, "there is a remark of a later day"
        monkeypatch.setenv("KPI_ROOT", str(raw.parents[1]))
        reports.append(_parts(unit, as_of))
    assert differences(*reports) == []
