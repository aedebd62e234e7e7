"""Why a recipe reads a table or does not: its title, its headings as they were joined, its rows, its month, each for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpi_lib.definitions.indicators import Unit
from kpi_lib.deliveries.files.book import Book, letter
from kpi_lib.deliveries.tables.layout import TableFound, tables_of
from kpi_lib.deliveries.tables.patterns import TooSlowError, limited
from kpi_lib.deliveries.tables.recipe_columns import Columns, columns_of
from kpi_lib.deliveries.tables.recipe_reading import missing_words
from kpi_lib.deliveries.tables.recipes import FIGURE_ROLES, Recipe, rows_for
from kpi_lib.words.messages import Text, Words, listed


def trial(book: Book, unit: Unit, recipes: Sequence[Recipe]) -> Iterator[tuple[int, Words]]:
    """What each recipe makes of each table of a book, line by line, each with how far it is set in."""
    tables = [table for sheet in book.sheets for table in tables_of(sheet)]
    if not tables:
        yield 0, Text("No table is found: a table has a row of headings, and below it rows of a name with a number right of it.")
    for table in tables:
        rows: dict[str, str | int] = {"sheet": table.sheet.name or book.file, "first": table.first + 1, "last": table.rows[-1].number + 1}
        yield 0, Text("Table on “{sheet}”, lines {first} to {last}; caption: “{caption}”", caption=" ".join(table.caption.split()), **rows)
        yield 1, Text("headings as joined: {headings}", headings=_headings(table, list(table.headings)))
        for recipe in recipes:
            yield from _of_recipe(book.file, unit, recipe, table)


def _headings(table: TableFound, columns: Sequence[int]) -> Words:
    return listed([Text("{column} “{heading}”", column=letter(number), heading=table.heading(number)) for number in columns], "; ")


def _of_recipe(file: str, unit: Unit, recipe: Recipe, table: TableFound) -> Iterator[tuple[int, Words]]:
    named = Text("recipe “{recipe}”", recipe=recipe.name)
    if missing := missing_words(recipe, table):
        yield (
            1,
            Text(
                "{recipe}: its title does not fit, these words stand nowhere: {words}",
                recipe=named,
                words=listed([Text("“{typed}”", typed=word) for word in missing]),
            ),
        )
        return
    try:
        with limited():
            columns = columns_of(file, recipe, table)
    except TooSlowError as error:
        yield 1, Text("recipe “{recipe}”, columns.{key}: the pattern does not come to an end", recipe=recipe.name, key=str(error))
        return
    wanted = rows_for(recipe, unit)
    rows = [row for row in table.rows if row.label in wanted]
    reads = rows and any(column.role in FIGURE_ROLES for column in columns.found)
    yield (
        1,
        Text("{recipe}: it reads the table", recipe=named)
        if reads
        else Text("{recipe}: its title fits, but it does not read the table", recipe=named),
    )
    yield from (
        (2, line)
        for line in _parts(table, columns, recipe, [row.typed for row in rows], [row.typed for row in table.rows if row not in rows])
    )


def _parts(table: TableFound, columns: Columns, recipe: Recipe, rows: list[str], others: list[str]) -> Iterator[Words]:
    """Columns by role, headings that no rule fits, rows found and not, and the month."""
    roles = [Text("{column} = {role}", column=letter(column.number), role=column.role) for column in columns.found]
    yield Text("columns: {columns}", columns=listed(roles)) if roles else Text("columns: no rule fits a heading")
    if roles and not any(column.role in FIGURE_ROLES for column in columns.found):
        yield Text("no column of figures among them; one of these roles is needed: {roles}", roles=", ".join(FIGURE_ROLES))
    strange = [number for number, heading in table.headings.items() if heading and recipe.rule_for(heading)[0] is None]
    if strange:
        yield Text("headings that no rule fits: {headings}", headings=_headings(table, strange))
    yield Text("rows read: {rows}", rows=_quoted(rows)) if rows else Text("rows read: none; [[rows]] lists no label of this table")
    if others:
        yield Text("rows left alone: {rows}", rows=_quoted(others))
    year, month = columns.month
    yield (
        Text("month reported: {month}/{year}", month=month, year=year)
        if columns.known
        else Text("month reported: caption, headings, sheet and file state none; its figures wait until somebody states it")
    )
    if columns.against is not None:
        yield Text("but {against}", against=columns.against)


def _quoted(rows: list[str]) -> Words:
    more = [Text("…")] if len(rows) > 8 else []
    return listed([*(Text("“{typed}”", typed=row) for row in rows[:8]), *more])
