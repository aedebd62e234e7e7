"""Columns and tables: what a column may hold, and the one way to read and check a table, all its faults at once."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.words.messages import UNFIT, KpiError, Text, Words, listed, plural
from kpi_lib.words.near import near

Kind = Literal["text", "number", "date", "flag", "whole"]


LARGEST = 1e18  # no figure is larger
YEARS = (1900, 2200)  # no day or year is outside


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind, whether every row must have it, the words and the bounds of what it may hold, and what it means."""

    name: str
    kind: Kind
    needed: bool = True
    words: tuple[str, ...] = ()
    default: object = None
    meaning: str = ""
    least: float = -LARGEST
    most: float = LARGEST


@dataclass(frozen=True, slots=True)
class Table:
    """A frame's contract: its columns in order, those that make a row unique, and the days from the last of which on a row is known.

    `gone` names the day from which on a row no longer counts, where there is one.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    known: tuple[str, ...] = ()
    gone: str = ""

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]


SEEN = Column("seen", "date", needed=False, meaning="day of the page quoted in source and note, where it is later than the row's own")
WITHDRAWN = Column("withdrawn", "date", needed=False, meaning="day from which on it no longer counts: somebody withdrew it by name")
QUOTED = ("source", "note")  # not told before the day on which they were seen

Row = Mapping[Any, Any]
"""A row of a checked table; its days are timestamps."""


def known_from(row: Row, table: Table) -> dt.date:
    """The day from which on a row is known: the last of the table's days that are given."""
    return max(row[name].date() for name in table.known if row[name] == row[name])


def counts(row: Row, table: Table, as_of: dt.date) -> bool:
    """Whether a row counts on a day: it is known, and was not withdrawn."""
    gone = row[table.gone] if table.gone else pd.NaT
    return known_from(row, table) <= as_of and not (gone == gone and gone.date() <= as_of)


def told(row: Row, as_of: dt.date) -> Row:
    """A row as it may be told on a day: without its source and note where they are from a later page."""
    late = row["seen"] == row["seen"] and row["seen"].date() > as_of
    return {**row, **{name: "" for name in QUOTED if name in row}} if late else row


def cut(frame: pd.DataFrame, table: Table, as_of: dt.date) -> pd.DataFrame:
    """The rows of a table known on a day, each as it may be told on it: the one cut of every register.

    Parameters
    ----------
    frame : checked rows of `table`.
    """
    moment = pd.Timestamp(as_of)
    late = (frame[list(table.known)] > moment).any(axis=1)
    if table.gone in frame:
        late |= frame[table.gone] <= moment
    known = frame[~late].reset_index(drop=True)
    if "seen" not in known or not (unseen := known["seen"] > moment).any():
        return known
    return known.assign(**{name: known[name].mask(unseen, "") for name in QUOTED if name in known})


_TRUE, _FALSE = {"true", "1", "yes", "có", "x"}, {"false", "0", "no", "không", ""}


def by_weeks(word: str) -> Words | str:
    """How figures of weeks or days are handed in, to be put behind such a word; nothing where it is another.

    >>> by_weeks("Week")["en"][:40], by_weeks("month")
    ('. Figures of weeks or days are handed in', '')
    """
    weekly = word.strip().lower() in ("week", "weekly", "day", "daily")
    return Text(". Figures of weeks or days are handed in as sums to date (basis cumulative) of whichever days") if weekly else ""


def check(frame: pd.DataFrame, table: Table, *, where: str = "") -> pd.DataFrame:
    """The frame with the table's columns, in its order and types; every fault in one message.

    Parameters
    ----------
    frame : rows to hold against `table`; text is accepted for every kind and converted.
    where : file or place named in the message.

    Raises
    ------
    KpiError : unknown or missing columns, cells of the wrong kind or word, empty needed cells, rows given twice.
    """
    unknown = sorted(set(frame.columns) - set(table.names))
    missing = [c.name for c in table.columns if c.name not in frame.columns and c.default is None and c.needed]
    faults: list[Words] = []
    if unknown:
        found = listed(listed((str(name), near(str(name), table.names)), "") for name in unknown)
        faults.append(Text("unknown columns: {columns} (the columns are: {known})", columns=found, known=listed(table.names)))
    if missing:
        faults.append(Text("missing columns: {columns}", columns=listed(missing)))
    if faults:
        raise refusal(where, faults, table=table.name)
    columns = {c.name: _column(frame, c, faults) for c in table.columns}
    if faults:
        raise refusal(where, faults, table=table.name)
    checked = pd.DataFrame(columns, columns=table.names)
    if faults := _twice(checked, list(table.key)):
        raise refusal(where, faults, table=table.name)
    return checked.reset_index(drop=True)


def _twice(rows: pd.DataFrame, key: list[str]) -> list[Words]:
    """Rows whose key stands above already, each with the places of both: file and cell where a row has them."""
    again = rows[rows.duplicated(key)]
    if again.empty:
        return []
    same = rows.groupby(key, dropna=False).ngroup()
    firsts = {number: index for index, number in reversed([*same.items()])}
    cells = "file" in rows and "cell" in rows
    places = {index: f"{rows['file'][index]}!{rows['cell'][index]}" if cells else _line(index) for index in rows.index}
    pairs = [(places[firsts[same[index]]], places[index], str(tuple(map(str, row)))) for index, *row in again[key].itertuples()]
    if cells:
        return [Text("{first} and {second}: the same key twice, {key}", first=one, second=two, key=told) for one, two, told in pairs]
    return [Text("line {line}: the same key twice, {key}", line=two, key=told) for _, two, told in pairs]


MOST_FAULTS = 20  # told in one message


def refusal(where: str, faults: Sequence[Words], *, table: str) -> KpiError:
    """The error that tells every fault of a table, those beyond the first twenty by their number."""
    shown = [*faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        shown.append(Text("... and {count:other fault|other faults}", count=len(faults) - MOST_FAULTS))
    place = Text("{where}: table '{table}'", where=where, table=table) if where else Text("table '{table}'", table=table)
    count = plural("{n} fault", "{n} faults", n=len(faults))
    return KpiError(
        "{place} has {count}:\n  - {faults}\nMend these cells and run again.", place=place, count=count, faults=listed(shown, "\n  - ")
    )


def _line(index: object) -> str:
    """Line in a file with one header row, as a spreadsheet counts."""
    return str(int(index) + 2) if isinstance(index, int) else str(index)


def _column(frame: pd.DataFrame, column: Column, faults: list[Words]) -> pd.Series:
    if column.name not in frame.columns:
        raw = pd.Series([column.default] * len(frame), index=frame.index, dtype=object)
    else:
        raw = frame[column.name].astype(object)
    values = [
        _cell(value, column, Text("line {line}, column {column}", line=_line(index), column=column.name), faults)
        for index, value in raw.items()
    ]
    dtype = {"text": object, "number": float, "date": "datetime64[ns]", "flag": bool, "whole": "int64"}[column.kind]
    if faults:
        return pd.Series(values, index=frame.index, dtype=object)
    return pd.Series(values, index=frame.index, dtype=dtype)


def _cell(value: object, column: Column, place: Words, faults: list[Words]) -> object:
    empty = (
        value is None or (isinstance(value, float) and value != value) or value is pd.NaT or (isinstance(value, str) and not value.strip())
    )
    if empty:
        if column.default is not None:
            return column.default
        if column.needed:
            faults.append(Text("{place}: an empty cell, {expected} is needed", place=place, expected=_EXPECTED[column.kind]))
        return {"text": "", "number": float("nan"), "date": pd.NaT, "flag": False, "whole": 0}[column.kind]
    try:
        converted = _CONVERT[column.kind](value)
    except (ValueError, TypeError):
        faults.append(Text("{place}: found {found}, {expected} is needed", place=place, found=repr(value), expected=_EXPECTED[column.kind]))
        return value
    if column.words and converted not in column.words:
        words, hint = listed(column.words), by_weeks(str(converted)) or near(str(converted), column.words)
        faults.append(
            Text("{place}: found {found}, one of these is needed: {words}{hint}", place=place, found=repr(value), words=words, hint=hint)
        )
    if isinstance(converted, int | float) and not column.least <= converted <= column.most:
        bounds = {"least": f"{column.least:.15g}", "most": f"{column.most:.15g}"}
        faults.append(Text("{place}: found {found}, from {least} to {most} is needed", place=place, found=repr(value), **bounds))
        return 0
    return converted


def _number(value: object) -> float:
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*", value):
        raise ValueError(value)  # digits of other scripts, and marks between them
    number = float(value)  # type: ignore[arg-type]
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(value)
    return number


def _whole(value: object) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError(value)
    return int(number)


def _words(value: object) -> str:
    text = str(value).strip()
    if UNFIT.search(text):
        raise ValueError(text)
    return text


def _flag(value: object) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(value)


def _date(value: object) -> pd.Timestamp:
    if isinstance(value, str):
        typed = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", value.strip(), re.ASCII)
        if not typed:
            raise ValueError(value)
        day = dt.date(int(typed[1]), int(typed[2]), int(typed[3]))
    else:
        day = pd.Timestamp(value).date()
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError(value)
    return pd.Timestamp(day)


_CONVERT: dict[str, Callable[[object], object]] = {
    "text": _words,
    "number": _number,
    "date": _date,
    "flag": _flag,
    "whole": _whole,
}
_EXPECTED = {
    "text": Text("text"),
    "number": Text("a number"),
    "date": Text("a date like 2025-09-30"),
    "flag": Text("true or false"),
    "whole": Text("a whole number"),
}


def read_csv(path: Path, table: Table) -> pd.DataFrame:
    """A table of a unit's folder, checked; empty where there is no such file.

    Raises
    ------
    KpiError : as `check`, naming folder and file.
    """
    if not folders.stands(path):
        return _empty(table).copy()
    state = path.stat()
    return _parsed(path, table, state.st_mtime_ns, state.st_size).copy()


def add_rows(path: Path, table: Table, rows: Sequence[Mapping[str, Any]], held: Callable[[pd.DataFrame], object] = lambda _: None) -> None:
    """Add rows to a table written by hand, in the columns it has and those that the rows need; the file as it was, or with all of them.

    Parameters
    ----------
    held : refuses a checked table that means nothing, as the register that reads it does.

    Raises
    ------
    KpiError : as `check`, `raw_table` and `held`, of the table with the rows; nothing is written.
    """
    with disk.alone(path.parent):
        content = with_rows(path, table, rows, held)
        with disk.whole(path, sure=True) as being_made:
            being_made.write_bytes(content)


def with_rows(
    path: Path, table: Table, rows: Sequence[Mapping[str, Any]], held: Callable[[pd.DataFrame], object] = lambda _: None
) -> bytes:
    """What a table written by hand would hold with these rows added; nothing is written. Who writes it holds its folder (`disk.alone`).

    Raises
    ------
    KpiError : as `add_rows`.
    """
    where = f"{path.parent.name}/{path.name}"
    given = [{name: str(value) for name, value in row.items() if value != ""} for row in rows]
    needed = [name for name in table.names if not rows or any(name in row for row in given)]
    old = raw_table(path, where) if folders.stands(path) else pd.DataFrame(columns=needed)
    names = [*old.columns, *(name for name in needed if given and name not in old.columns)]
    frame = pd.concat([old, pd.DataFrame(given, columns=names)], ignore_index=True).reindex(columns=names).fillna("")
    held(check(frame, table, where=where))
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


@lru_cache(maxsize=32)
def _empty(table: Table) -> pd.DataFrame:
    """A table without a row: asked for at every figure of a unit that has no such file."""
    return check(pd.DataFrame(columns=table.names), table)


def read_rows(path: Path, table: Table) -> tuple[Mapping[Any, Any], ...]:
    """The rows of `read_csv`, shared by all who ask: a register is asked at every date of a backtest.

    Raises
    ------
    KpiError : as `check`.
    """
    if not folders.stands(path):
        return ()
    state = path.stat()
    return _rows(path, table, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=32)
def _rows(path: Path, table: Table, changed: int, size: int) -> tuple[Mapping[Any, Any], ...]:
    return tuple(_parsed(path, table, changed, size).to_dict("records"))


@lru_cache(maxsize=32)
def _parsed(path: Path, table: Table, changed: int, size: int) -> pd.DataFrame:
    """A checked table; read again when the file has changed, for a backtest asks for it a thousand times."""
    del changed, size
    where = f"{path.parent.name}/{path.name}"
    return check(raw_table(path, where), table, where=where)


def raw_table(path: Path, where: str) -> pd.DataFrame:
    """A CSV file as it stands, every cell as text.

    Raises
    ------
    KpiError : it is a link out of the folder, no text in UTF-8, it is empty, or a line has too many cells or a quotation mark that is not closed.
    """
    try:
        folders.stands(path)
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError:
        raise KpiError("{file}: is no text in UTF-8. Save it as UTF-8 and run again.", file=where) from None
    except IsADirectoryError:
        raise KpiError("{file}: is a folder where a table should be.", file=where) from None
    except csv.Error:
        raise KpiError("{file}: a quotation mark is not closed.", file=where) from None
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        raise KpiError("{file}: is empty. Its first line names the columns.", file=where)
    heading, lines = filled[0], [(number, row) for number, row in enumerate(rows, start=1) if row and row != filled[0]]
    long = [str(number) for number, row in lines if len(row) > len(heading)]
    if long:
        raise KpiError(
            "{file}: lines {lines} have more cells than the heading. A comma inside a cell needs quotation marks around it.",
            file=where, lines=listed(long[:MOST_FAULTS]),
        )  # fmt: skip
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
