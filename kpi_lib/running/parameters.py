"""The parameters of a notebook, checked before papermill sees them: it turns a name into code and forgives a misspelt one."""

from __future__ import annotations

import ast
import datetime as dt
import json
import keyword
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kpi_lib.definitions.indicators import Unit, a_year, day, read_unit
from kpi_lib.definitions.targets import read_targets, year_in_review
from kpi_lib.words.messages import KpiError, Text, languages, listed
from kpi_lib.words.near import near

Value = str | int | float | bool

KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TEXT_LIMIT = 200
"""Characters a text parameter may have."""


def check_parameters(source: str | Path, parameters: Mapping[str, object]) -> dict[str, Value]:
    """Return the parameters if the notebook declares every one of them with that type.

    papermill runs on with the defaults when a name is misspelt, and turns a name into code; so nothing reaches it unchecked.

    Raises
    ------
    KpiError
        All faults at once: no cell tagged `parameters` or more than one, a declaration that is not an annotated literal, an unknown name
        (with the nearest known one), a value of another type, too long, not finite, or with control characters.
    """
    path = Path(source)
    declared, faults = _declared(path)
    checked: dict[str, Value] = {}
    for name, value in parameters.items():
        fault = _name_fault(name, declared) or _value_fault(name, value, declared[name])
        if fault:
            faults.append(fault)
        else:
            checked[name] = float(value) if declared[name] == "float" else value  # type: ignore[assignment, arg-type]
    if faults:
        raise KpiError("Notebook {name}: parameters refused, nothing was run:\n- {faults}", name=path.name, faults=listed(faults, "\n- "))
    return checked


def accept_parameters(namespace: dict[str, Any]) -> None:
    """Accept the parameters of the notebook that is running, or refuse them; a `year` of 0 becomes the one that a report of `as_of` judges.

    `check_parameters` guards a run of ours; this guards the notebook wherever it runs, as stock papermill forgives a misspelt name.

    Parameters
    ----------
    namespace : the notebook's `globals()`: its declared parameters, and in `In` the cell of those that papermill was given.

    Raises
    ------
    KpiError
        A name that the notebook does not declare, or a value of another type: all at once, with the nearest known names. Then a unit,
        date, language or indicator that is none, a year that is none or is still to come and has no target.
    """
    declared = {name: getattr(kind, "__name__", str(kind)) for name, kind in namespace.get("__annotations__", {}).items()}
    unknown = [fault for name in _injected(namespace.get("In", ())) if (fault := _name_fault(name, declared))]
    unfit = [fault for name, kind in declared.items() if kind in KINDS and (fault := _value_fault(name, namespace[name], kind))]
    if faults := unknown + unfit:
        raise KpiError("Parameters refused, nothing was reckoned:\n- {faults}", faults=listed(faults, "\n- "))
    as_of = day(namespace["as_of"])
    unit = read_unit(namespace["unit"], as_of=as_of)
    for name, known in (("lang", languages()), ("indicator", unit.indicators)):
        if name in declared and (found := namespace[name]) not in known:
            raise KpiError(
                "{name} = {found}{hint}: only {known}.", name=name, found=repr(found), known=listed(known), hint=near(found, known)
            )
    namespace["year"] = _judged(unit, a_year(namespace["year"] or year_in_review(unit, as_of)), as_of)


def _judged(unit: Unit, year: int, as_of: dt.date) -> int:
    if year > unit.calendar.year_of(as_of) and not (read_targets(unit.id)["year"] == year).any():
        raise KpiError(
            "year = {year} begins after {day} and has no target: there is nothing to judge. Leave year = 0 for the year of the date.",
            year=str(year),
            day=as_of,
        )
    return year


def _injected(cells: Iterable[str]) -> list[str]:
    """Names that were handed in: those assigned in the cells that papermill puts in, whose first line is its own, and in one that another
    scheduler put between a fresh kernel's first cell, which declares, and the one that asks."""
    told = list(cells)
    put_in = [cell for cell in told if cell.startswith("# Parameters\n")] or told[2:3] * (len(told) == BETWEEN)
    with suppress(SyntaxError):
        parsed = [ast.parse(cell) for cell in put_in]
        if all(isinstance(step, ast.Assign) for cell in parsed for step in cell.body):
            return [node.id for cell in parsed for node in ast.walk(cell) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return []


BETWEEN = 4  # what IPython remembers then: nothing, the declaration, what was put in, what asks


def _declared(path: Path) -> tuple[dict[str, str], list[Text]]:
    """Return the declared names with their types, and the faults of the declaration."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KpiError("The notebook {name} cannot be read: {error}", name=path.name, error=type(error).__name__) from error
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    tagged = [cell for cell in code if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1 or tagged[0] is not code[0]:
        raise KpiError(
            "Notebook {name}: exactly one code cell, the first one, must carry the tag 'parameters'; found {count}.",
            name=path.name,
            count=len(tagged),
        )
    try:
        body = ast.parse("".join(tagged[0]["source"])).body
    except SyntaxError as error:
        raise KpiError(
            "Notebook {name}: the parameters cell is not Python in line {line}.", name=path.name, line=error.lineno or 0
        ) from error
    declared: dict[str, str] = {}
    faults = [fault for statement in body if (fault := _declare(statement, declared))]
    return declared, faults


def _declare(statement: ast.stmt, declared: dict[str, str]) -> Text | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id=kind), value=ast.expr() as value) if kind in KINDS:
            try:
                literal = ast.literal_eval(value)
            except ValueError:
                literal = None
            if type(literal) is KINDS[kind] and NAME.fullmatch(name):
                declared[name] = kind
                return None
    return Text(
        'parameters cell, line {line}: only declarations like `name: str = "..."` may stand here, of str, int, float or bool',
        line=statement.lineno,
    )


def _name_fault(name: object, declared: Mapping[str, str]) -> Text | None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or keyword.iskeyword(name):
        return Text("the name {name} is no plain name in small letters", name=repr(str(name)[:60]))
    if name in declared:
        return None
    known = listed(declared)
    return Text("there is no parameter '{name}'{hint}; the parameters are: {known}", name=name, hint=near(name, declared), known=known)


def _value_fault(name: str, value: object, kind: str) -> Text | None:
    if type(value) is not KINDS[kind] and not (kind == "float" and type(value) is int):
        return Text("'{name}' must be {kind}, not {found}", name=name, kind=kind, found=type(value).__name__)
    if isinstance(value, str) and len(value) > TEXT_LIMIT:
        return Text(
            "'{name}' is {length:character|characters} long, at most {most} are taken", name=name, length=len(value), most=TEXT_LIMIT
        )
    if isinstance(value, str) and any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for char in value):
        return Text("'{name}' holds control characters that cannot be seen", name=name)
    if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) < 1e18):
        return Text("'{name}' is not a usable number", name=name)
    return None
