"""How long an officer waits at the desk: `python benchmarks/desk_speed.py [--unit uong-bi-minh-hoa] [--as-of 2026-10-15] [--changes 20]`.

A real JupyterLab, started as `kpi lab` starts it, in headless Chromium: from a change of a control of the officer's explore notebook to the last
change of the screen (nothing in the notebook's outputs changes any more and nothing says that it works), the first use of every value
included. Controls: line, day, another target (typed), a year left out, an event's amount (typed). Printed: median, 95th percentile, worst,
in seconds, processor time of the kernel a change, and how busy the machine was.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from tests.browser import test_lab as lab
from tests.browser.chromium import Chromium, Page, find

QUIET = 0.4  # seconds without a change of the screen after which an answer is complete; not counted
OUTPUTS = "document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook')"
WATCH = f"""(() => {{
  window.changed = performance.now();
  window.watching?.disconnect();
  window.watching = new MutationObserver(() => {{ window.changed = performance.now(); }});
  window.watching.observe({OUTPUTS}, {{ subtree: true, childList: true, attributes: true, characterData: true }});
}})()"""
WORKING = f"{OUTPUTS}.querySelector('.kpi-lab.working') !== null"


def main() -> None:
    """Measure every control and print a row each."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--unit", default="uong-bi-minh-hoa")
    asked.add_argument("--as-of", default="2026-10-15")
    asked.add_argument("--changes", type=int, default=20)
    options = asked.parse_args()
    browser = Chromium(find()[0], loopback=True)
    with tempfile.TemporaryDirectory() as folder, lab.started(Path(folder), "--unit", options.unit) as (address, server):
        page = lab.start_page(browser, address)
        choose(page, "input[type=date]", options.as_of)
        page.look("document.querySelector('.jp-OutputArea .tiles button[value=explore]').click()")
        page._wait("jupyterapp.shell.currentWidget?.context?.path?.includes('explore')")
        page._wait(f"{lab.WAITING} === 0")
        page._wait(f"!!document.querySelector('{lab.SLIDER}')")
        for name, change in controls(page, options.changes).items():
            before = processor_time(server.pid)
            took = [timed(page, step) for step in change]
            each = (processor_time(server.pid) - before) / len(took)
            print(
                f"{name:<14} median {np.median(took):5.2f}  95% {np.quantile(took, 0.95):5.2f}  worst {max(took):5.2f}  "
                f"processor {each:5.2f}  ({len(took)} changes)",
                flush=True,
            )
        page.close()
    browser.close()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def processor_time(pid: int) -> float:
    """Seconds of processor time of JupyterLab and its kernels so far."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in family)


def controls(page: Page, changes: int) -> dict[str, list[str]]:
    """What is done to every control, as scripts of the page."""
    select = OUTPUTS + ".querySelectorAll('.widget-dropdown select')"
    lines = int(page.look(f"{select}[0].options.length"))
    day = OUTPUTS + ".querySelector('.widget-datepicker input')"
    typed = OUTPUTS + ".querySelector('.widget-text input')"
    amount = OUTPUTS + ".querySelector('[name=amount_1]')"
    days = [f"2026-{month:02d}-{number:02d}" for month in range(10, 5, -1) for number in (25, 20, 12, 5)]
    return {
        "target": [_set(typed, "value", repr(str(2 + n))) for n in range(changes)],
        "year left out": [_set(f"{select}[2]", "selectedIndex", str((n + 1) % 2)) for n in range(changes)],
        "line": [_set(f"{select}[0]", "selectedIndex", str((n + 4) % lines)) for n in range(changes)],
        "event": [_set(amount, "value", repr(str(3 + n))) for n in range(changes)],
        "day": [_set(day, "value", repr(each)) for each in days[:changes]],
    }


def _set(part: str, field: str, value: str) -> str:
    events = "for (const kind of ['input', 'change']) part.dispatchEvent(new Event(kind, { bubbles: true }));"
    return f"(() => {{ const part = {part}; part.{field} = {value}; {events} }})()"


def choose(page: Page, part: str, value: str) -> None:
    """Choose a day on the start page."""
    page.look(_set(f"document.querySelector('.jp-OutputArea {part}')", "value", repr(value)))
    page._wait(f"document.querySelector('.jp-OutputArea {part}').defaultValue === '{value}'")


def timed(page: Page, script: str) -> float:
    """Seconds from a change to the last change of the screen."""
    page.look(WATCH)
    begun = float(page.look(f"(() => {{ const begun = performance.now(); {script}; return begun; }})()"))
    time.sleep(0.1)
    while page.look(f"{WORKING} || performance.now() - window.changed < {1000 * QUIET}"):
        time.sleep(0.05)
    return (float(page.look("window.changed")) - begun) / 1000


if __name__ == "__main__":
    main()
