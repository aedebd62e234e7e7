"""Desk and template are two things: what officers write is theirs and stays, what is published is as shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kpi_lib.page.desk import notebooks
from kpi_lib.words.messages import KpiError
from tests.conftest import PROJECT


def edit(path: Path, change: object) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)  # type: ignore[operator]
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def ran(content: dict) -> None:
    """What a run and a save in JupyterLab leave."""
    content["metadata"]["language_info"] = {"name": "python", "version": "3.13.0", "codemirror_mode": {"name": "ipython"}}
    for number, cell in enumerate(cell for cell in content["cells"] if cell["cell_type"] == "code"):
        cell["execution_count"] = number
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["431,7"]}]
        cell["metadata"]["execution"] = {"iopub.status.idle": "2025-10-15T08:00:00"}


def note(content: dict) -> None:
    content["cells"].insert(3, {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": ["Hỏi lại ông Nam"]})


def other_day(content: dict) -> None:
    content["cells"][2]["source"] = [line.replace("2025-10-15", "2025-07-15") for line in content["cells"][2]["source"]]


def without_last(content: dict) -> None:
    content["cells"].pop()


def test_the_digests_on_record_are_those_of_the_notebooks_in_the_folder():
    found = {path.stem: notebooks.cells(path) for path in (PROJECT / "notebooks").glob("*.ipynb")}
    assert found == json.loads(notebooks.SHIPPED.read_text(encoding="utf-8")), "changed on purpose? python benchmarks/shipped.py"


@pytest.mark.parametrize("name", ["draft", "track_record"])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (note, r"cell 4 \(«Hỏi lại ông Nam»\) is not as shipped"),
        (other_day, r"cell 3 \(«unit: str"),
        (without_last, r"cell \d+ was taken out"),
    ],
    ids=["a note", "another day", "a cell less"],
)
def test_an_edited_template_is_refused_with_its_cell_and_the_way_out(root: Path, name: str, change: object, told: str):
    notebooks.refuse_edited([name])
    edit(root / "notebooks" / f"{name}.ipynb", change)
    with pytest.raises(KpiError, match=told) as refused:
        notebooks.refuse_edited(["overview", name])
    assert f"git checkout -- notebooks/{name}.ipynb" in refused.value["vi"] and "desk/" in refused.value["vi"]


@pytest.mark.parametrize("name", ["draft", "data_quality"])
def test_a_template_that_was_merely_opened_run_and_saved_is_as_shipped(root: Path, name: str):
    before = notebooks.digest(notebooks.template(name))
    edit(root / "notebooks" / f"{name}.ipynb", ran)
    notebooks.refuse_edited([name])
    assert notebooks.digest(notebooks.template(name)) == before


@pytest.mark.usefixtures("root")
def test_a_copy_says_what_was_asked_for_in_the_officers_language():
    copy, beside = notebooks.take(
        "indicator", "viet-nam/2026-01-20", {"unit": "viet-nam", "year": 2025, "indicator": "new_jobs", "lang": "en"}
    )
    cells = json.loads(copy.read_text(encoding="utf-8"))["cells"]
    values: dict[str, object] = {}
    exec("".join(next(cell["source"] for cell in cells if "parameters" in cell["metadata"].get("tags", []))), values)
    assert not beside and copy.relative_to(notebooks.desk()).as_posix() == "viet-nam/2026-01-20/indicator.ipynb"
    assert [values[name] for name in ("unit", "year", "indicator", "as_of", "lang")] == ["viet-nam", 2025, "new_jobs", "2025-10-15", "en"]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert prose == [cell["metadata"]["kpi"]["en"] for cell in cells if cell["cell_type"] == "markdown"]


def test_what_an_officer_wrote_stays_through_updates_and_the_new_copy_lies_beside_it(root: Path):
    mine, _ = notebooks.take("explore")
    edit(mine, note)
    edit(mine, ran)
    before = mine.read_bytes()
    assert notebooks.take("explore") == (mine, False)
    edit(root / "notebooks" / "explore.ipynb", without_last)  # an update
    newer, beside = notebooks.take("explore")
    assert beside and newer.name == "explore-2.ipynb" and mine.read_bytes() == before
    assert notebooks.take("explore") == (newer, False)
    edit(newer, note)
    edit(root / "notebooks" / "explore.ipynb", without_last)  # and another
    third, beside = notebooks.take("explore")
    assert beside and third.name == "explore-3.ipynb" and mine.read_bytes() == before


def test_a_copy_nobody_edited_follows_the_update(root: Path):
    copy, _ = notebooks.take("overview", "quang-ninh")
    edit(copy, ran)
    edit(root / "notebooks" / "overview.ipynb", without_last)
    assert notebooks.take("overview", "quang-ninh") == (copy, False)
    assert len(notebooks.cells(copy)) == len(notebooks.cells(notebooks.template("overview")))


@pytest.mark.usefixtures("root")
def test_a_file_at_the_desk_that_is_no_notebook_is_left_alone():
    (notebooks.desk()).mkdir()
    (notebooks.desk() / "draft.ipynb").write_text("ghi chú", encoding="utf-8")
    assert notebooks.take("draft")[0].name == "draft-2.ipynb"
    assert (notebooks.desk() / "draft.ipynb").read_text(encoding="utf-8") == "ghi chú"
