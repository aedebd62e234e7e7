"""A real JupyterLab in a real browser: the planning officer's notebook runs, its sliders move, and nothing leaves this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import psutil
import pytest

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.verdict import outlook_for
from tests.browser.chromium import PATIENCE, Chromium, Page, find
from tests.browser.test_whatif import page_of, place
from tests.once import project

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PROJECT = Path(__file__).resolve().parents[2]
TOKEN = "thu-nghiem"
ONE_LINE = (  # the very line of indicator.ipynb
    'import kpi_lib as kpi\nplace = kpi.read_unit("uong-bi-minh-hoa")\nobs = kpi.read_observations(place.id)',
    'item = kpi.outlook_for(obs, place, place.indicators["new_jobs"], 2026, as_of="2026-10-15")\nlang = "en"',
    "kpi.page.what_if(item, lang)",
)
SPLASH = "#jupyterlab-splash"
SLIDER = ".jp-OutputArea .whatif input[type=range]"
CHANCE = "document.querySelector('.jp-OutputArea .whatif-chance strong')?.textContent"
PICTURE = "document.querySelector('.jp-OutputArea .whatif-fan svg').outerHTML"
MOVES = f"""(() => {{
  const slider = document.querySelector("{SLIDER}"), took = [];
  for (const position of [101, 110, 125]) {{
    const started = performance.now();
    slider.value = position;
    slider.dispatchEvent(new Event("input", {{ bubbles: true }}));
    document.querySelector(".whatif-fan svg").getBoundingClientRect(); // laid out
    took.push(performance.now() - started);
  }}
  return took;
}})()"""
OUTPUTS = (
    "[...jupyterapp.shell.currentWidget.content.model.cells].filter((cell) => cell.type === 'code').map((cell) => cell.outputs.toJSON())"
)
WAITING = (
    "[...jupyterapp.shell.currentWidget.content.widgets].filter((cell) => cell.model.type === 'code' && !cell.model.executionCount).length"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    path, reason = find()
    if not path:
        pytest.skip(reason)
    running = Chromium(path, loopback=True)
    yield running
    running.close()


def project_in(folder: Path) -> Path:
    """A project of its own: the notebooks and the figures they read; JupyterLab saves into it."""
    shutil.copytree(PROJECT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for name in ("uong-bi-minh-hoa", "reference"):
        shutil.copytree(PROJECT / "data" / "raw" / name, folder / "data" / "raw" / name)
    cells = [nbformat.v4.new_code_cell(source) for source in ONE_LINE]
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}),
        folder / "notebooks" / "one.ipynb",
    )
    return folder


def own_settings(folder: Path) -> dict[str, str]:
    """An environment in which nothing of the user's own Jupyter is read or written."""
    home = folder / "home"
    home.mkdir()
    foreign = ("JUPYTER", "IPYTHON", "KPI_", "XDG_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    places |= {f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    return {**kept, **places, "HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONUTF8": "1"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab as `kpi lab` starts it; the address of its root."""
    with started(tmp_path_factory.mktemp("lab"), "--unit", "uong-bi-minh-hoa") as (address, _):
        yield address


@contextlib.contextmanager
def started(folder: Path, *more: str, root: Path | None = None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """JupyterLab as `kpi lab` starts it, in a project that stands, else in one of its own: its address, and the command."""
    root = root or project_in(folder / "dự án")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",
    ]
    command = [sys.executable, "-m", "kpi_lib.cli", "lab", *more, *options]
    environment = {**own_settings(folder), "KPI_ROOT": str(root)}
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=root, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for(f"http://127.0.0.1:{port}", process, folder / "lab.log")
            yield f"http://127.0.0.1:{port}", process
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End JupyterLab, its kernels and the command that started it: a group of their own."""
    for signal_number in (15, 9):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


def run_all(browser: Chromium, lab: str, name: str, height: int) -> Page:
    """Open a notebook in a workspace of its own, run it from top to bottom, and wait until every cell has run and the sliders stand."""
    page = browser.open(f"{lab}/lab/workspaces/{name}/tree/notebooks/{name}.ipynb?token={TOKEN}", 1280, height)
    page._wait(f"typeof jupyterapp !== 'undefined' && jupyterapp.shell.currentWidget?.context?.path === 'notebooks/{name}.ipynb'")
    ready = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
    page._wait(f"{ready} && !document.querySelector('{SPLASH}')")
    page.look("void jupyterapp.commands.execute('notebook:run-all-cells')")
    page._wait(f"{WAITING} === 0")
    page._wait(f"!!document.querySelector('{SLIDER}')")
    return page


def press(page: Page, key: str, code: int, times: int = 1) -> None:
    for _ in range(times):
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)


TILES = ".jp-OutputArea .tiles"


def start_page(browser: Chromium, lab: str) -> Page:
    """What an officer sees after `kpi lab`: nothing was pressed."""
    page = browser.open(f"{lab}/?token={TOKEN}", 1440, 900)
    page._wait(f"!!document.querySelector('{TILES}')")
    return page


def path_shown(page: Page) -> str:
    return str(page.look("jupyterapp.shell.currentWidget?.context?.path ?? ''"))


def test_the_start_page_stands_by_itself_in_vietnamese_without_a_word_about_news(browser: Chromium, lab: str, tmp_path: Path):
    page = start_page(browser, lab)
    shown = page.look("document.querySelector('.jp-OutputArea .kpi-lab').innerText")
    assert "Phường Uông Bí" in shown and "Số liệu đã nhận" in shown and "Số liệu còn phải nộp" in shown
    assert "Tệp" in page.look("document.querySelector('.lm-MenuBar').innerText")
    assert page.look("document.querySelectorAll('.Toastify__toast').length") == 0
    assert page.look("[...document.querySelectorAll('.jp-DirListing-itemName')].map((each) => each.innerText)") == ["start.ipynb"]
    page.look(f"document.querySelector('{TILES} button[value=report]').click()")
    page._wait("document.querySelector('.jp-OutputArea .kpi-lab').innerText.includes('chưa công bố báo cáo')")
    page.screenshot(Path(os.environ.get("KPI_SCREENSHOT_START") or tmp_path / "start.png"), whole=False)
    assert [address for address in page.requests() if urlsplit(address).hostname not in ("127.0.0.1", None)] == []
    page.close()


def test_a_press_on_the_start_page_opens_and_runs_the_officers_own_notebook(browser: Chromium, lab: str):
    page = start_page(browser, lab)
    page.look(
        "(() => { const day = document.querySelector('.jp-OutputArea input[type=date]'); day.value = '2026-08-15';"
        " day.dispatchEvent(new Event('change', { bubbles: true })); })()"
    )
    page._wait("document.querySelector('.jp-OutputArea input[type=date]').defaultValue === '2026-08-15'")
    page.look(
        f"(() => {{ const list = document.querySelector('{TILES} select'); list.value = 'new_enterprises';"
        " list.dispatchEvent(new Event('change', { bubbles: true })); })()"
    )
    page._wait("jupyterapp.shell.currentWidget?.context?.path === 'desk/uong-bi-minh-hoa/2026-08-15/new-enterprises.ipynb'")
    page._wait("!!jupyterapp.shell.currentWidget.content.model?.cells.get(2)?.sharedModel.source.includes('new_enterprises')")
    page._wait(f"{WAITING} === 0")
    assert "error" not in [output["output_type"] for cell in page.look(OUTPUTS) for output in cell]
    assert "new_enterprises" in page.look("jupyterapp.shell.currentWidget.content.model.cells.get(2).sharedModel.source")
    page.close()


def test_who_ends_kpi_lab_ends_the_server_and_its_kernels(tmp_path: Path):
    with started(tmp_path) as (address, process):
        asked = urllib.request.Request(f"{address}/api/kernels?token={TOKEN}", data=b'{"name": "python3"}', method="POST")
        with urllib.request.urlopen(asked, timeout=60) as answer:
            assert answer.status == 201
        family = psutil.Process(process.pid).children(recursive=True)
        assert family, "a kernel runs"
        process.terminate()
        assert process.wait(60) is not None
        _, alive = psutil.wait_procs(family, 20)
        assert not alive
        with pytest.raises(OSError):
            urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=5)


def test_the_officers_notebook_lives_in_a_real_jupyterlab(browser: Chromium, lab: str, tmp_path: Path):
    page = run_all(browser, lab, "explore", 2200)
    kinds = [output["output_type"] for cell in page.look(OUTPUTS) for output in cell]
    assert len(kinds) >= 5 and "error" not in kinds

    before = page.look(CHANCE)
    page.look(f"(() => {{ const h = document.querySelector('{SLIDER}'); h.scrollIntoView({{ block: 'center' }}); h.focus(); }})()")
    press(page, "ArrowRight", 39, times=3)
    press(page, "PageUp", 33, times=3)
    page._wait(f"{CHANCE} !== {before!r}")
    assert "GIẢ ĐỊNH" in page.look("document.querySelector('.jp-OutputArea .whatif-mark').textContent")

    page.look(
        "(() => { const list = document.querySelector('.jp-OutputArea select');"
        " list.selectedIndex = [...list.options].findIndex((o) => /y\\s+tế/.test(o.text));"
        " list.dispatchEvent(new Event('change', { bubbles: true })); })()"
    )
    page._wait("document.querySelector('.jp-OutputArea .lead')?.textContent.toLowerCase().includes('bảo hiểm y tế')")
    page.screenshot(Path(os.environ.get("KPI_SCREENSHOT") or tmp_path / "lab.png"), whole=False)
    outside = [address for address in page.requests() if urlsplit(address).hostname not in ("127.0.0.1", None)]
    assert outside == []
    page.close()


def test_the_line_that_makes_a_table_in_a_report_makes_live_sliders_here(browser: Chromium, lab: str, tmp_path: Path):
    page = run_all(browser, lab, "one", 1300)
    assert [output["output_type"] for cell in page.look(OUTPUTS) for output in cell] == ["execute_result"]
    before = page.look(CHANCE)
    page.look(f"document.querySelector('{SLIDER}').focus()")
    press(page, "PageDown", 34, times=4)
    page._wait(f"{CHANCE} !== {before!r}")
    assert page.look("document.activeElement.type") == "range", "the keys moved the slider, not the notebook's cells"
    assert "SUPPOSED" in page.look("document.querySelector('.jp-OutputArea .whatif-mark').textContent")
    page.look("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page._wait(f"document.body.dataset.jpThemeLight === 'false' && !document.querySelector('{SPLASH}')")
    page.screenshot(Path(os.environ.get("KPI_SCREENSHOT_DARK") or tmp_path / "dark.png"), whole=False)
    assert all(took < 200 for took in page.look(MOVES)), "milliseconds from a move to the answer drawn"
    assert page.look(f"({PICTURE})") == on_a_page(browser, tmp_path, int(page.look(f"document.querySelector('{SLIDER}').value")))
    page.close()


def on_a_page(browser: Chromium, folder: Path, position: int) -> str:
    """The fan that the exported page of the same line draws at a position of its slider."""
    with project(PROJECT):
        unit = read_unit("uong-bi-minh-hoa")
        item = outlook_for(read_observations(unit.id), unit, unit.indicators["new_jobs"], 2026, as_of="2026-10-15")
    page = browser.open(page_of(item, folder, lang="en"))
    place(page, position)
    shown = str(page.look(PICTURE.replace(".jp-OutputArea ", "")))
    page.close()
    return shown
