"""A day at the desk in a real JupyterLab: what an officer writes down is there after a restart and on the published page; a private note is not."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import test_lab as lab
from tests.browser.chromium import Chromium, Page
from tests.conftest import furnish, target, write_unit
from tests.made import three_years

pytestmark = [pytest.mark.browser, pytest.mark.slow]
UNIT, LINE, DAY = "thu", "new_enterprises", "2025-10-15"
BOARD = "document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea .kpi-lab')"
NOTE = "Hỏi riêng ông Nam"
WRITTEN = {
    "event": {"what": "Cụm công nghiệp Tân Lập", "amount": "12", "from": "2025-11-01", "to": "2025-12-20", "document": "Kế hoạch 12/KH-UBND", "who": "Lê Hà"},
    "scenario": {
        "reason": "Xuất khẩu chậm lại", "growth_of_rest": "-10", "amount_1": "2", "from_1": "2025-11-01", "to_1": "2025-11-30", "author": "Lê Hà",
    },
    "word": {"who": "Phòng Kinh tế", "status": "at_risk", "reason": "Thiếu đơn hàng xuất khẩu", "date": "2025-10-14"},
    "plan": {"document": "Kế hoạch 9/KH-UBND", "date": "2025-10-10", "version": "operating", "who": "Lê Hà"},
}  # fmt: skip
FOUND = {
    "event": "Cụm công nghiệp Tân Lập",
    "scenario": "Xuất khẩu chậm lại",
    "word": "Thiếu đơn hàng xuất khẩu",
    "plan": "Kế hoạch 9/KH-UBND",
}


browser = lab.browser


def fill(page: Page, part: str, value: str) -> None:
    """Type into a field, or choose."""
    page.look(
        f"(() => {{ const part = {part}; part.value = {json.dumps(value)};"
        " for (const kind of ['input', 'change']) part.dispatchEvent(new Event(kind, { bubbles: true })); })()"
    )


def says(page: Page, words: str) -> None:
    page._wait(f"{BOARD}?.innerText.includes({json.dumps(words)})")


def opened_by_tile(browser: Chromium, address: str, name: str) -> Page:
    """A notebook of the start page's tiles, run for the day."""
    page = lab.start_page(browser, address)
    fill(page, "document.querySelector('.jp-OutputArea input[type=date]')", DAY)
    page._wait(f"document.querySelector('.jp-OutputArea input[type=date]').defaultValue === '{DAY}'")
    page.look(f"document.querySelector('{lab.TILES} button[value={name}]').click()")
    page._wait(f"jupyterapp.shell.currentWidget?.context?.path === 'desk/{UNIT}/{DAY}/{name}.ipynb'")
    page._wait(f"{lab.WAITING} === 0")
    return page


def opened(browser: Chromium, address: str) -> Page:
    """The officer's notebook for writing down, with the line chosen."""
    page = opened_by_tile(browser, address, "keep")
    page._wait(f"!!{BOARD}?.querySelector('[data-act=line]')")
    fill(page, f"{BOARD}.querySelector('[data-act=line]')", LINE)
    page._wait(f"{BOARD}.querySelector('[data-act=line] option[selected]').value === '{LINE}'")
    return page


def kind_chosen(page: Page, kind: str) -> None:
    page.look(f"{BOARD}.querySelector('.tabs button[value={kind}]').click()")
    page._wait(f"{BOARD}.querySelector('.tabs button[value={kind}]').ariaPressed === 'true'")


def whole(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{**one, "value": round(float(str(one["value"])))} for one in rows]


PANEL = "document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook')"
TRIED = {
    "what_1": "Đợt cấp phép tháng 11", "amount_1": "15", "from_1": "2025-11-05", "to_1": "2025-11-25", "probability_1": "60",
    "what_2": "Nhà máy Hải Long mở cửa", "amount_2": "9", "from_2": "2025-12-01", "to_2": "2025-12-20",
    "document": "Kế hoạch 31/KH-UBND", "who": "Lê Hà",
}  # fmt: skip


def explored(browser: Chromium, address: str, pictures: Path) -> None:
    """Another line, a year left out, events tried and written down, a table taken to Excel."""
    page = opened_by_tile(browser, address, "explore")
    page._wait(f"!!{PANEL}.querySelector('[data-form=events]')")
    choice = f"{PANEL}.querySelectorAll('.widget-dropdown select')"
    for number, words in ((1, "việc làm"), (0, "doanh nghiệp")):
        fill_index(page, f"{choice}[0]", number)
        page._wait(f"{PANEL}.querySelector('.lead')?.textContent.toLowerCase().includes('{words}')")
    supposed = f"{PANEL}.innerText.includes('GIẢ ĐỊNH: không')"
    fill_index(page, f"{choice}[2]", 1)
    page._wait(supposed)
    fill_index(page, f"{choice}[2]", 0)
    page._wait(f"!({supposed})")
    page.look(f"{PANEL}.querySelector('.folded').open = true")
    for name, value in TRIED.items():
        fill(page, f"{PANEL}.querySelector('[name={name}]')", value)
    page._wait(supposed)
    with_events = f"{PANEL}.querySelector('table').innerText"
    before = page.look(with_events)
    fill(page, f"{PANEL}.querySelector('[name=amount_1]')", "30")
    page._wait(f"{with_events} !== {json.dumps(before)}")
    page.screenshot(Path(os.environ.get("KPI_SCREENSHOTS") or pictures) / "explore-events.png", whole=False)
    page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.call("Emulation.setFocusEmulationEnabled", enabled=True)
    page.look(f"{PANEL}.querySelector('button.copy').click()")
    page._wait(f"{PANEL}.querySelector('button.copy').innerText.includes('✓')")
    rows = [line.split("\t") for line in str(page.look("navigator.clipboard.readText()")).split("\n")]
    assert len(rows) == 3 and {len(row) for row in rows} == {6} and rows[1][1] == "115 doanh nghiệp", rows
    page.look(f"{PANEL}.querySelector('[data-form=events] button[value=keep]').click()")
    page._wait(f"{PANEL}.innerText.includes('Đã ghi vào data/raw/thu/events.csv')")
    page.close()


def compared(browser: Chromium, address: str, pictures: Path) -> None:
    """The line beside that of the level above and of another unit."""
    page = opened_by_tile(browser, address, "compare")
    page._wait(f"['Tỉnh trên', 'Xã bên cạnh'].every((name) => {PANEL}.innerText.includes(name))")
    page.screenshot(Path(os.environ.get("KPI_SCREENSHOTS") or pictures) / "compare.png", whole=False)
    page.close()


def fill_index(page: Page, part: str, number: int) -> None:
    """Choose by place."""
    page.look(
        f"(() => {{ const part = {part}; part.selectedIndex = {number}; part.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"
    )


def test_what_is_written_down_is_there_after_a_restart_and_on_the_published_page(browser: Chromium, tmp_path: Path):
    root = tmp_path / "dự án"
    furnish(root)
    figures = {scale: whole(three_years(scale=scale)) for scale in (1.0, 4.0, 30.0)}
    rows = [*figures[1.0], *whole(three_years("new_jobs", "lượt lao động", 2.0))]
    write_unit(root, rows, targets=[target(LINE, 2025, 115)], unit=UNIT, toml='lines = ["new_enterprises", "new_jobs"]\nparent = "tinh"')
    for unit, name, scale in (("tinh", "Tỉnh trên", 30.0), ("xa-ben", "Xã bên cạnh", 4.0)):
        write_unit(root, figures[scale], targets=[target(LINE, 2025, 115 * scale)], unit=unit, toml='lines = ["new_enterprises"]')
        path = root / "data" / "raw" / unit / "unit.toml"
        path.write_text(re.sub(r"name = .*", f'name = "{name}"', path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    (morning := tmp_path / "sáng").mkdir()
    with lab.started(morning, "--unit", UNIT, root=root) as (address, _):
        page = opened(browser, address)
        for kind, fields in WRITTEN.items():
            kind_chosen(page, kind)
            page.look(f"{BOARD}.querySelector('.press button[value=keep]').click()")  # at first with nothing filled in
            says(page, "còn trống")
            for name, value in fields.items():
                fill(page, f"{BOARD}.querySelector('[name={name}]')", value)
            if kind == "scenario":
                page.look(f"{BOARD}.querySelector('[name=publish]').click()")
                page.look(f"{BOARD}.querySelector('.press button[value=try]').click()")
                says(page, "GIẢ ĐỊNH")
            page.look(f"{BOARD}.querySelector('.press button[value=keep]').click()")
            says(page, "Đã ghi vào data/raw/thu/")
            says(page, FOUND[kind])
            page.screenshot(Path(os.environ.get("KPI_SCREENSHOTS") or tmp_path) / f"keep-{kind}.png", whole=False)
        page.close()
        explored(browser, address, tmp_path)
        compared(browser, address, tmp_path)
    mine = root / "desk" / UNIT / DAY / "keep.ipynb"
    notebook = json.loads(mine.read_text(encoding="utf-8"))
    notebook["cells"].append({"cell_type": "markdown", "id": "mine", "metadata": {}, "source": [NOTE]})
    mine.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    (afternoon := tmp_path / "chiều").mkdir()
    with lab.started(afternoon, "--unit", UNIT, root=root) as (address, _):
        page = opened(browser, address)
        for kind, words in FOUND.items():
            kind_chosen(page, kind)
            says(page, words)
        page.close()
    command = [sys.executable, "-m", "kpi_lib.cli", "run", "--unit", UNIT, "--as-of", DAY]
    done = subprocess.run(command, env={**os.environ, "KPI_ROOT": str(root)}, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 10), done.stderr + done.stdout
    report = root / "data" / "processed" / UNIT / "reports" / DAY
    page = browser.open(report / "new-enterprises.html")
    shown = page.look("document.body.textContent")
    page.close()
    assert all(words in shown for words in [*FOUND.values(), TRIED["what_2"]])
    assert not any(NOTE.encode() in path.read_bytes() for path in report.rglob("*") if path.is_file())
