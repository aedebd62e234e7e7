"""Declared tables: a small TOML file says how to find a table in a department's own workbook, so that it is read every month as it comes."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from kpi_lib.definitions import folders
from kpi_lib.definitions.frames import STATUSES, VERSIONS, KpiError
from kpi_lib.definitions.indicators import Unit
from kpi_lib.deliveries.tables.layout import label, normal, placed

SHIPPED = Path(__file__).with_name("recipes")
FIGURE_ROLES = ("month", "before", "cumulative", "level")
CLAIM_ROLES = ("same_period", "month_last_year", "percent_of_plan", "percent_of_same_period", "percent_of_month_last_year")
_Part = TypeVar("_Part")
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

    def rule_for(self, heading: str) -> tuple[ColumnRule, re.Match[str]] | tuple[None, None]:
        """The first rule that fits a heading, and how it fits."""
        fits = ((rule, match) for rule in self.columns for pattern in rule.patterns if (match := pattern.search(heading)))
        return next(fits, (None, None))


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


class _Column(msgspec.Struct, forbid_unknown_fields=True):
    headings: list[str]
    status: Literal[STATUSES] = "estimate"  # type: ignore[valid-type]
    version: Literal[VERSIONS] = "assigned"  # type: ignore[valid-type]


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    indicator: str
    labels: tuple[str, ...]
    series: str = "total"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    title: list[str]
    columns: dict[str, Any]
    about: str = ""
    rows: list[Any] = []
    measure: str = ""
    published: Literal["", "file"] = ""


@lru_cache(maxsize=64)
def read_recipe(path: Path) -> Recipe:
    """A recipe from its TOML file.

    Raises
    ------
    KpiError : every fault of the file, each with its key.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KpiError(f"{path.name}: không đọc được TOML ({error}).") from None
    faults: list[str] = []
    given = _part(_File, data, "cần name, title, columns; có thể có about, rows, measure, published = “file”", faults)
    columns = [_column_rule(role, item, faults) for role, item in given.columns.items()] if given else []
    rule = "[[rows]] cần indicator, labels và có thể series"
    rows = [_part(_Row, item, rule, faults) for item in given.rows] if given else []
    if given and not any(column and column.role in FIGURE_ROLES for column in columns):
        faults.append(f"columns phải có ít nhất một trong: {', '.join(FIGURE_ROLES)}")
    if faults or given is None:
        raise KpiError(f"{path.name}: " + "; ".join(faults) + ".")
    return Recipe(
        given.name, given.about, tuple(normal(word) for word in given.title), tuple(column for column in columns if column),
        tuple(RowRule(row.indicator, row.series, row.labels) for row in rows if row), given.measure, given.published == "file",
    )  # fmt: skip


def _part(kind: type[_Part], data: Any, rule: str, faults: list[str]) -> _Part | None:
    """A piece of the file as its type; its rule joins the faults where it does not fit."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        faults.append(f"{rule} ({error})")
        return None


def _column_rule(key: str, item: Any, faults: list[str]) -> ColumnRule | None:
    role = key.split("-")[0]
    if role not in ROLES:
        faults.append(f"columns.{key}: vai trò lạ; các vai trò: {', '.join(ROLES)} (thêm -2, -3 nếu cần nhiều quy tắc)")
        return None
    rule = f"columns.{key}: cần headings = [“mẫu”, ...]; status là {', '.join(STATUSES)}; version là {', '.join(VERSIONS)}"
    given = _part(_Column, item, rule, faults)
    if given is None:
        return None
    try:
        return ColumnRule(role, tuple(re.compile(placed(p)) for p in given.headings), given.status, given.version)
    except re.error as error:
        faults.append(f"columns.{key}: mẫu không hợp lệ ({error})")
        return None


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
