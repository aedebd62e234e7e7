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
from kpi_lib.definitions.frames import STATUSES, VERSIONS
from kpi_lib.definitions.indicators import Indicator, Unit
from kpi_lib.deliveries.tables.layout import label, normal, placed
from kpi_lib.deliveries.tables.patterns import LONGEST, TooSlowError
from kpi_lib.words.messages import KpiError, Text, Words, languages, listed

SHIPPED = Path(__file__).with_name("recipes")
FIGURE_ROLES = ("month", "before", "cumulative", "level", "quarter", "year")
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
    key: str = ""  # as the file calls it, month-2


class RowRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which labels mean an indicator's series; `{unit}` in a label stands for the unit's name."""

    indicator: str
    labels: tuple[str, ...]
    series: str = "total"


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
        for rule in self.columns:
            try:
                if match := next(filter(None, (pattern.search(heading[:LONGEST]) for pattern in rule.patterns)), None):
                    return rule, match
            except TooSlowError:
                raise TooSlowError(rule.key) from None
        return None, None


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


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    title: list[str]
    columns: dict[str, Any]
    about: str = ""
    rows: list[Any] = []
    measure: str = ""
    published: Literal["", "file"] = ""


def read_recipe(path: Path) -> Recipe:
    """A recipe from its TOML file, as it stands there now: a notebook that stays open reads what was mended meanwhile.

    Raises
    ------
    KpiError : every fault of the file, each with its key.
    """
    folders.stands(path)
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int) -> Recipe:
    del changed, size  # part of the key
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise KpiError("{file}: this is no TOML ({error}).", file=path.name, error=str(error)) from None
    faults: list[Words] = []
    rule = Text("name, title, columns are needed; about, rows, measure, published = “file” may be given")
    given = _part(_File, data, rule, faults)
    columns = [_column_rule(role, item, faults) for role, item in given.columns.items()] if given else []
    rule = Text("[[rows]] needs indicator, labels; series may be given")
    rows = [_part(RowRule, item, rule, faults) for item in given.rows] if given else []
    if given and not any(column and column.role in FIGURE_ROLES for column in columns):
        faults.append(Text("columns needs at least one of: {roles}", roles=", ".join(FIGURE_ROLES)))
    if faults or given is None:
        raise KpiError("{file}: {faults}.", file=path.name, faults=listed(faults, "; "))
    return Recipe(
        given.name, given.about, tuple(normal(word) for word in given.title), tuple(column for column in columns if column),
        tuple(row for row in rows if row), given.measure, given.published == "file",
    )  # fmt: skip


def _part(kind: type[_Part], data: Any, rule: Text, faults: list[Words]) -> _Part | None:
    """A piece of the file as its type; its rule joins the faults where it does not fit."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        faults.append(Text("{rule} ({error})", rule=rule, error=str(error)))
        return None


def _column_rule(key: str, item: Any, faults: list[Words]) -> ColumnRule | None:
    role = key.split("-")[0]
    if role not in ROLES:
        faults.append(
            Text(
                "columns.{key}: no such role; roles: {roles} (with -2, -3 where a role needs several rules)",
                key=key,
                roles=", ".join(ROLES),
            )
        )
        return None
    words = {"statuses": ", ".join(STATUSES), "versions": ", ".join(VERSIONS)}
    rule = Text("columns.{key}: headings = [“pattern”, ...] is needed; status is {statuses}; version is {versions}", key=key, **words)
    given = _part(_Column, item, rule, faults)
    if given is None:
        return None
    try:
        return ColumnRule(role, tuple(re.compile(placed(p)) for p in given.headings), given.status, given.version, key)
    except re.error as error:
        faults.append(Text("columns.{key}: no valid pattern ({error})", key=key, error=str(error)))
        return None


@lru_cache(maxsize=1)
def synonyms() -> dict[str, dict[str, list[str]]]:
    """Other names of the catalogue's lines as reports write them: {indicator: {series: labels}}, from `recipes/labels.toml`."""
    return tomllib.loads((SHIPPED / "labels.toml").read_text(encoding="utf-8"))


def rows_for(recipe: Recipe, unit: Unit) -> dict[str, tuple[str, str]]:
    """Label for comparison -> (indicator, series) of a unit's lines; a label two lines share is left out."""
    if recipe.rows:
        places_ = _unit_names(unit)
        pairs = [
            (rule.indicator, rule.series, text.replace("{unit}", place))
            for rule in recipe.rows
            for text in rule.labels
            for place in (places_ if "{unit}" in text else [""])
        ]
    else:
        pairs = [(key, "total", text) for key, ind in unit.indicators.items() for text in names_of(ind)]
        pairs += [(key, series, text) for key, more in synonyms().items() for series, texts in more.items() for text in texts]
    found: dict[str, tuple[str, str]] = {}
    twice = set()
    for key, series, text in pairs:
        if key not in unit.indicators or not label(text):
            continue
        if found.setdefault(label(text), (key, series)) != (key, series):
            twice.add(label(text))
    return {text: place for text, place in found.items() if text not in twice}


def names_of(ind: Indicator) -> list[str]:
    """Names of an indicator and of the amounts behind it, in every language."""
    return [words for name in (ind.name, ind.short, ind.flow_name) for lang in languages() if (words := name[lang])]


def _unit_names(unit: Unit) -> list[str]:
    """A unit's name as tables write it: with and without its kind; for a country also the total row."""
    bare = re.sub(r"^(tỉnh|thành phố|tp\.?|phường|xã|thị trấn|quận|huyện)\s+", "", unit.name["vi"], flags=re.IGNORECASE)
    bare = re.sub(r"\s*\(.*\)$", "", bare)
    return [unit.name["vi"], bare, *(("Tổng số", "Cả nước", "Toàn quốc") if unit.level == "country" else ())]
