"""Draw the five pictures of docs/recipes.md from the running product: a department's table, its recipe, and what the commands say of them.

.venv/bin/python benchmarks/recipe_pictures.py [FOLDER]

A scratch project with one ward is made; the workbook of the tutorial is written, `kpi recipe try` and `kpi ingest` are run on it word for word
as the page says, and what they print is drawn by a headless Chromium, with the real sheet beside it. The recipe is the one printed in the page.
"""

from __future__ import annotations

import contextlib
import html
import io
import os
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HERE), str(HERE / "tests")]

import openpyxl  # noqa: E402
from conftest import row, write_unit  # noqa: E402

from kpi_lib import cli  # noqa: E402
from kpi_lib.deliveries.files.book import letter  # noqa: E402
from tests.browser.chromium import Chromium, find  # noqa: E402

UNIT = "phuong-thu"
FILE = "thue-thang-9-2026.xlsx"
CELLS = {
    "A1": "THUẾ CƠ SỞ 3", "A2": "TIẾN ĐỘ THU THÁNG 9 NĂM 2026", "E3": "Đơn vị: triệu đồng",
    "A4": "STT", "B4": "Tên phường", "C4": "Dự toán năm", "D4": "Luỹ kế thực thu", "E4": "Ghi chú",
    "A5": 1, "B5": "Phường Khác", "C5": 390000, "D5": 261000, "A6": 2, "B6": "Phường Thử", "C6": 420000, "D6": 285400, "E6": "chưa gồm tháng 13",
}  # fmt: skip
ROLES = {"C": ("#e3eefc", "plan"), "D": ("#dff2e1", "cumulative")}
STYLE = """
body{margin:0;padding:18px;background:#fff;color:#1b1b1b;font:15px/1.45 'DejaVu Sans',sans-serif;width:max-content;max-width:964px}
table{border-collapse:collapse;background:#fff} td,th{border:1px solid #c9ced6;padding:4px 10px;white-space:nowrap}
th{background:#f1f3f6;color:#555;font-weight:400;text-align:center} td.n{text-align:right} td.h{font-weight:700;text-align:center}
pre{margin:0;padding:14px 18px;background:#f7f8fa;border:1px solid #d8dce3;border-radius:6px;font:13.5px/1.5 'DejaVu Sans',sans-serif;white-space:pre-wrap}
pre b{color:#0b5cad;font-weight:700} pre .good{color:#126b2e;font-weight:700}
h4{margin:0 0 8px;font:600 14px 'DejaVu Sans',sans-serif;color:#444} .side{display:flex;gap:22px;align-items:flex-start} .tag{font:700 12px 'DejaVu Sans',sans-serif;color:#444}
"""


def sheet(roles: bool) -> str:
    """The table as a spreadsheet shows it, with the columns of the recipe coloured where `roles` is set."""
    rows = ["<tr><th></th>" + "".join(f"<th>{letter(number)}</th>" for number in range(5)) + "</tr>"]
    for line in range(1, 7):
        cells = []
        for number in range(5):
            at = letter(number)
            value = CELLS.get(f"{at}{line}", "")
            role = roles and line >= 4 and at in ROLES and line != 5
            paint = (
                f" style='background:{ROLES[at][0]}'"
                if role
                else (" style='background:#fff6d6'" if roles and line == 6 and at == "B" else "")
            )
            kind = "n" if isinstance(value, int) else "h" if line == 4 or (line < 3 and value) else ""
            cells.append(
                f"<td class='{kind}'{paint}>{value:,}</td>".replace(",", ".")
                if isinstance(value, int)
                else f"<td class='{kind}'{paint}>{value}</td>"
            )
        rows.append(f"<tr><th>{line}</th>{''.join(cells)}</tr>")
    marks = "".join(f"<th class='tag'>{ROLES[letter(n)][1] if letter(n) in ROLES else 'labels' if n == 1 else ''}</th>" for n in range(5))
    return f"<table>{''.join(rows)}{f'<tr><th></th>{marks}</tr>' if roles else ''}</table>"


def said(*command: str) -> str:
    """What a command prints, as it is typed and as it answers."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        cli.main([*command, "--unit", UNIT])
    typed = " ".join(Path(word).name if word.endswith(".xlsx") else word for word in command)
    answer = out.getvalue().rstrip()
    told = re.sub(r"(/\S+/)(?=[^/\s]+\.(?:html|xlsx))", "", html.escape(answer))
    told = re.sub(r"((?<!không )đọc được bảng này)", r"<span class='good'>\1</span>", told)
    return f"<pre><b>$ kpi {html.escape(typed)} --unit {UNIT}</b>\n{told}</pre>"


def recipe() -> str:
    """The recipe that the page prints."""
    page = (HERE / "docs" / "recipes.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(   name = \"thue\".*?)```", page, re.DOTALL)
    assert block is not None
    return re.sub(r"^ {3}", "", block[1], flags=re.MULTILINE)


def pictures(root: Path) -> dict[str, str]:
    """The body of each picture, in the order of the page."""
    known = [row("budget_revenue_growth", "cumulative", f"2026-0{month}-{31 if month != 6 else 30}", 285.4 * month / 9, f"2026-0{month + 1}-06", measure="tỷ đồng")
             for month in (5, 6, 7, 8)]  # fmt: skip
    write_unit(root, known, unit=UNIT, toml='lines = ["budget_revenue_growth"]')
    book = openpyxl.Workbook()
    for place, value in CELLS.items():
        book.worksheets[0][place] = value
    book.worksheets[0].title = "T9"
    path = root / FILE
    book.save(path)
    found = {"recipe-1": f"<h4>{FILE}, T9</h4>{sheet(False)}", "recipe-2": said("recipe", "try", str(path))}
    text = recipe()
    found["recipe-3"] = (
        f"<div class='side'><div><h4>recipes/thue.toml</h4><pre>{html.escape(text)}</pre></div><div><h4>{FILE}</h4>{sheet(True)}</div></div>"
    )
    folder = root / "data" / "raw" / UNIT / "recipes"
    folder.mkdir()
    (folder / "thue.toml").write_text(text, encoding="utf-8")
    found["recipe-4"] = said("recipe", "try", str(path))
    found["recipe-5"] = said("ingest", "--dry-run", str(path), "--received", "2026-10-06")
    return found


def main(folder: Path) -> None:
    """Draw every picture into a folder."""
    browser_path, reason = find()
    if not browser_path:
        sys.exit(reason)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["KPI_ROOT"] = scratch
        browser = Chromium(browser_path)
        for name, body in pictures(Path(scratch)).items():
            file = Path(scratch) / f"{name}.html"
            file.write_text(
                f"<!doctype html><html lang='vi'><meta charset='utf-8'><style>{STYLE}</style><body>{body}</body></html>", encoding="utf-8"
            )
            page = browser.open(file, 1000, 200)
            width, height = (int(page.look(f"Math.ceil(document.body.getBoundingClientRect().{side})")) for side in ("width", "height"))
            page = browser.open(file, max(width, 300), height)
            page.screenshot(folder / f"{name}.png", whole=True)
            print(folder / f"{name}.png", f"{width} x {height}", f"{(folder / f'{name}.png').stat().st_size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "docs")
