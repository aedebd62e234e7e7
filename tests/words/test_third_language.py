"""A third language is one file: every page of a small unit comes out in it, every number proved."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROJECT

import kpi_lib as kpi
from kpi_lib.definitions.indicators import day, read_unit
from kpi_lib.page.markup import Stack
from kpi_lib.record.values.report import of_report
from kpi_lib.reports.known import words_of
from kpi_lib.reports.proof import faults_of, telling_numbers
from kpi_lib.words.numbers import number, with_percent
from tests.small_unit import FIGURES, TARGETS

AS_OF = "2025-10-15"
NOTEBOOKS = [path for path in sorted((PROJECT / "notebooks").glob("*.ipynb")) if path.stem not in ("start", "explore", "compare", "keep")]


@pytest.mark.usefixtures("lao")
def test_every_page_comes_out_and_is_proved_in_a_third_language(make_unit: Callable[..., str]):
    """The cells of every notebook, run here: what they say is words of the third language, and every number is the publisher's."""
    unit = make_unit(FIGURES, targets=TARGETS, toml='language = "lo"\n')
    place, obs = read_unit(unit), kpi.read_observations(unit, as_of=AS_OF)
    items = kpi.outlooks(obs, place, 2025, as_of=AS_OF)
    values = of_report(items, obs, place, kpi.replay(obs, place, 2025, as_of=AS_OF))
    for file in NOTEBOOKS:
        said = shown(file, {"unit": unit, "year": 2025, "as_of": AS_OF, "lang": "lo", "indicator": "new_enterprises"})
        page = f"<html><body><main>{said}</main></body></html>"
        assert "«" in said
        assert list(faults_of(file.stem, page, "lo", values, words_of(place, day(AS_OF)))) == []


@pytest.mark.parametrize("lang", ["fr", "ru", "sv", "gsw", "tr", "lo"])
def test_numbers_are_proved_however_a_language_parts_thousands_and_sets_its_percent(lao: Path, lang: str):
    """Blanks that do not break in French, Russian and Swedish, an apostrophe in Alemannic, the percent sign before the number in Turkish."""
    if lang != "lo":
        shutil.copytree(lao.parents[1], lao.parents[2] / lang)
    said = {1234567.25: number(1234567.25, 2, lang), -69117.0: number(-69117, 0, lang), 6.42: with_percent(number(6.42, 2, lang), lang)}
    page = "".join(f'<data value="{value}" data-of="x.{value}">{text}</data>' for value, text in said.items())
    whole = f"<html><body><main>{page} {said[-69117.0]}</main></body></html>"  # once more, bound to nothing of its own
    values = {f"x.{value}": value for value in said}
    assert list(faults_of("page", whole, lang, values)) == []
    assert len(list(faults_of("page", whole.replace("117", "118"), lang, values))) == 1
    assert said[6.42].count("%") == 1 and telling_numbers(said[-69117.0]) >= {"69117"}


def shown(file: Path, parameters: dict[str, object]) -> str:
    """What the cells of a notebook show, as a page holds it; charts and the what-if are drawn elsewhere."""
    found, names = [], dict(parameters)
    for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", []):
            *steps, last = ast.parse("".join(cell["source"])).body
            shows = isinstance(last, ast.Expr)
            exec(compile(ast.Module(steps if shows else [*steps, last], []), file.name, "exec"), names)
            if shows:
                part = eval(compile(ast.Expression(last.value), file.name, "eval"), names)
                found += [each for each in (part.parts if isinstance(part, Stack) else [part]) if hasattr(each, "_repr_html_")]
    return "".join(each._repr_html_() or "" for each in found)
