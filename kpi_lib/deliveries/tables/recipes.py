"""Declared tables: a small TOML file says how to find a table in a department's own workbook, so that it is read every month as it comes."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kpi_lib.definitions import folders
from kpi_lib.definitions.frames import STATUSES, VERSIONS, KpiError
from kpi_lib.definitions.indicators import Unit
from kpi_lib.deliveries.tables.layout import label, normal, placed

SHIPPED = Path(__file__).with_name("recipes")
FIGURE_ROLES = ("month", "before", "cumulative", "level")
CLAIM_ROLES = ("same_period", "month_last_year", "percent_of_plan", "percent_of_same_period", "percent_of_month_last_year")
ROLES = (*FIGURE_ROLES, *CLAIM_ROLES, "plan", "measure", "note", "document", "ignore")


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """Which headings mean a role: patterns on the heading joined from top to bottom, with groups `month` and `year` where it names them."""

    role: str
    patterns: tuple[re.Pattern[str], ...]
    status: str = "estimate"
    version: str = "assigned"


@dataclass(frozen=True, slots=True)
class RowRule:
    """Which labels mean an indicator's series."""

    indicator: str
    series: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to read one kind of table. `title` words must all stand in the caption or the sheet's name; rows empty: the catalogue's names."""

    name: str
    about: str
    title: tuple[str, ...]
    columns: tuple[ColumnRule, ...]
    rows: tuple[RowRule, ...] = ()
    measure: str = ""
    published_from_file: bool = False


def load_recipes(unit_id: str) -> list[Recipe]:
    """The unit's own recipes (`data/raw/<unit>/recipes/*.toml`), then the shipped ones; an own one of the same name replaces a shipped one.

    Raises
    ------
    KpiError : a fault in a recipe, with its file and key.
    """
    own = [read_recipe(path) for path in sorted((folders.raw(unit_id) / "recipes").glob("*.toml"))]
    shipped = [read_recipe(path) for path in sorted(SHIPPED.glob("*.toml")) if path.stem != "labels"]
    names = {recipe.name for recipe in own}
    return [*own, *(recipe for recipe in shipped if recipe.name not in names)]


@lru_cache(maxsize=64)
def read_recipe(path: Path) -> Recipe:
    """A recipe from its TOML file."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KpiError(f"{path.name}: không đọc được TOML ({error}).") from None
    unknown = set(data) - {"name", "about", "title", "columns", "rows", "measure", "published"}
    if unknown or not {"name", "title", "columns"} <= set(data):
        raise KpiError(f"{path.name}: cần name, title, columns; trường lạ: {', '.join(sorted(unknown)) or 'không'}.")
    columns = tuple(_column_rule(path.name, role, item) for role, item in data["columns"].items())
    if not any(rule.role in FIGURE_ROLES for rule in columns):
        raise KpiError(f"{path.name}: columns phải có ít nhất một trong: {', '.join(FIGURE_ROLES)}.")
    rows = tuple(_row_rule(path.name, item) for item in data.get("rows", ()))
    return Recipe(
        data["name"], data.get("about", ""), tuple(normal(word) for word in data["title"]), columns, rows, data.get("measure", ""),
        data.get("published", "") == "file",
    )  # fmt: skip


def _column_rule(file: str, role: str, item: Any) -> ColumnRule:
    base = role.split("-")[0]
    if base not in ROLES:
        raise KpiError(f"{file}: columns.{role}: vai trò lạ; các vai trò: {', '.join(ROLES)} (thêm -2, -3 nếu cần nhiều quy tắc).")
    if not isinstance(item, dict) or not isinstance(item.get("headings"), list):
        raise KpiError(f"{file}: columns.{role}: cần {{ headings = ['mẫu', ...] }}.")
    status, version = item.get("status", "estimate"), item.get("version", "assigned")
    if status not in STATUSES or version not in VERSIONS:
        raise KpiError(f"{file}: columns.{role}: status là {', '.join(STATUSES)}; version là {', '.join(VERSIONS)}.")
    try:
        return ColumnRule(base, tuple(re.compile(placed(p)) for p in item["headings"]), status, version)
    except re.error as error:
        raise KpiError(f"{file}: columns.{role}: mẫu không hợp lệ ({error}).") from None


def _row_rule(file: str, item: Any) -> RowRule:
    if not isinstance(item, dict) or not {"indicator", "labels"} <= set(item) <= {"indicator", "labels", "series"}:
        raise KpiError(f"{file}: [[rows]] cần indicator, labels và có thể series; thấy {item!r}.")
    return RowRule(item["indicator"], item.get("series", "total"), tuple(item["labels"]))


@lru_cache(maxsize=1)
def synonyms() -> dict[str, dict[str, list[str]]]:
    """Other names of the catalogue's lines as reports write them: {indicator: {series: labels}}, from `recipes/labels.toml`."""
    return tomllib.loads((SHIPPED / "labels.toml").read_text(encoding="utf-8"))


def rows_for(recipe: Recipe, unit: Unit) -> dict[str, tuple[str, str]]:
    """Label for comparison -> (indicator, series) of a unit's lines; a label two lines share is left out."""
    if recipe.rows:
        places_ = _names_of(unit)
        pairs = [
            (rule.indicator, rule.series, text.replace("{unit}", place))
            for rule in recipe.rows
            for text in rule.labels
            for place in (places_ if "{unit}" in text else [""])
        ]
    else:
        pairs = [
            (key, "total", text) for key, ind in unit.indicators.items() for text in (ind.name.vi, ind.short.vi, ind.flow_name.vi) if text
        ]
        pairs += [(key, series, text) for key, more in synonyms().items() for series, texts in more.items() for text in texts]
    found: dict[str, tuple[str, str]] = {}
    twice = set()
    for key, series, text in pairs:
        if key not in unit.indicators or not label(text):
            continue
        if found.setdefault(label(text), (key, series)) != (key, series):
            twice.add(label(text))
    return {text: place for text, place in found.items() if text not in twice}


def _names_of(unit: Unit) -> list[str]:
    """A unit's name as tables write it: with and without its kind; for a country also the total row."""
    bare = re.sub(r"^(tỉnh|thành phố|tp\.?|phường|xã|thị trấn|quận|huyện)\s+", "", unit.name.vi, flags=re.IGNORECASE)
    bare = re.sub(r"\s*\(.*\)$", "", bare)
    return [unit.name.vi, bare, *(("Tổng số", "Cả nước", "Toàn quốc") if unit.level == "country" else ())]
