"""Draw the pictures of docs/first-day.md and docs/en/first-day.md by doing what the pages say, step by step, in a scratch project.

.venv/bin/python benchmarks/first_day_pictures.py [PAGE ...]

Commands are run as they stand in the page, cells are typed into the real workbooks; a picture shows what came of the steps before it: the sheet with
the cells just typed, what the commands printed (long answers are cut, and say so), and, for a picture that follows another, the published overview.
"""

from __future__ import annotations

import html
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HERE), str(HERE / "tests")]

import openpyxl  # noqa: E402
from openpyxl.utils import get_column_letter  # noqa: E402
from recipe_pictures import STYLE  # noqa: E402

from tests import documents  # noqa: E402
from tests.browser.chromium import Chromium, find  # noqa: E402

MORE = """  /* answers stand in the font of the rest: hardly any of one width draws all Vietnamese marks in their place */
body{max-width:1180px} td,th{max-width:300px;overflow:hidden;text-overflow:ellipsis;padding:3px 8px;font-size:13px} td.typed{outline:2px solid #c2410c;outline-offset:-2px;font-weight:700}
pre{font-size:13px} td.head{white-space:pre-line;text-align:center;max-width:110px}
"""
LINES = {"vi": "[còn {n} dòng]", "en": "[{n} more lines]"}
MOST = 24


def sheet(path: Path, typed: list[tuple[str, str]]) -> str:
    """The sheet that got most of the cells, as a spreadsheet shows it."""
    names = [name for name, _ in typed]
    name = max(dict.fromkeys(names), key=names.count)
    page = openpyxl.load_workbook(path)[name]
    cells = {cell for at, cell in typed if at == name}
    last_row = max(page[cell].row for cell in cells) + 1
    used = max(cell.column for row in page.iter_rows(max_row=last_row, max_col=14) for cell in row if cell.value is not None)
    shown = [n for n in range(1, used + 1) if not page.column_dimensions[get_column_letter(n)].hidden]
    rows = ["<tr><th></th>" + "".join(f"<th>{get_column_letter(n)}</th>" for n in shown) + "</tr>"]
    for line in range(1, last_row + 1):
        if page.row_dimensions[line].hidden:
            continue
        drawn = []
        for column in shown:
            cell = page.cell(line, column)
            value = "" if cell.value is None or str(cell.value).startswith("=") else str(cell.value)
            colour = cell.fill.fgColor.rgb[-6:] if cell.fill.fill_type == "solid" else "FFFFFF"
            classes = f"{'typed ' if cell.coordinate in cells else ''}{'n ' if isinstance(cell.value, int | float) else ''}{'head' if chr(10) in value else ''}"
            drawn.append(f"<td class='{classes}' style='background:#{colour}'>{html.escape(value)}</td>")
        rows.append(f"<tr><th>{line}</th>{''.join(drawn)}</tr>")
    return f"<h4>{html.escape(path.name)}, {html.escape(name)}</h4><table>{''.join(rows)}</table>"


def said(line: str, answer: str, root: Path, lang: str) -> str:
    """A command as it is typed, and its answer."""
    lines = answer.replace(f"{root}/", "").rstrip().splitlines()
    if len(lines) > MOST:
        lines = [*lines[: MOST - 6], LINES[lang].format(n=len(lines) - MOST), *lines[-6:]]
    return f"<pre><b>$ {html.escape(line)}</b>\n{html.escape(chr(10).join(lines))}</pre>"


def photograph(browser: Chromium, body: str, root: Path, target: Path) -> None:
    """Draw what a body holds, as large as it is."""
    file = root / "picture.html"
    file.write_text(f"<!doctype html><meta charset='utf-8'><style>{STYLE}{MORE}</style><body>{body}</body>", encoding="utf-8")
    page = browser.open(file, 1200, 200)
    width, height = (int(page.look(f"Math.ceil(document.body.getBoundingClientRect().{side})")) for side in ("width", "height"))
    browser.open(file, max(width, 300), height).screenshot(target, whole=True)


def draw(page: Path, browser: Chromium) -> None:
    """Follow one page from its first step to its last."""
    lang = "en" if page.parent.name == "en" else "vi"
    with tempfile.TemporaryDirectory() as folder:
        root = documents.scratch(Path(folder), page)
        answers, typed, book = [], [], None
        for step in documents.steps(page):
            if step.kind == "runs":
                for line in step.lines:
                    told = documents.done(line, root, root)
                    print(f"{told.returncode:>3}  {line}")
                    assert told.returncode in step.codes, told.stderr
                    answers.append(said(line, told.stdout, root, lang))
                typed = []
            elif step.kind == "type":
                book, answers = root / step.book, []
                typed += documents.type_in(book, step.cells)
            elif step.kind == "picture":
                target = (page.parent / step.told).resolve()
                if typed and book:
                    photograph(browser, sheet(book, typed), root, target)
                elif answers:
                    photograph(browser, "<br>".join(answers), root, target)
                else:
                    (report,) = (root / "data" / "processed").glob("*/reports/2*/index.html")
                    browser.open(report, 1280, 1400).screenshot(target, whole=False)
                answers, typed = [], []
                print(f"     {target.name} {target.stat().st_size / 1000:.0f} kB")


def main(pages: list[Path]) -> None:
    """Draw the pictures of every page named."""
    path, reason = find()
    if not path:
        sys.exit(reason)
    browser = Chromium(path)
    for page in pages:
        draw(page, browser)
    browser.close()


if __name__ == "__main__":
    main([Path(name).resolve() for name in sys.argv[1:]] or [HERE / "docs" / "first-day.md", HERE / "docs" / "en" / "first-day.md"])
