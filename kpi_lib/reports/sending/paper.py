"""A finished page as PDF, by the browser that is on the machine: without a network, on A4, the same page as the same bytes."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
from pathlib import Path

from kpi_lib import disk
from kpi_lib.running.interpreter import bound
from kpi_lib.words.messages import Text, Words
from kpi_lib.words.system import MachineFault

NAMED = "KPI_CHROMIUM"  # the variable that names a browser which lies elsewhere
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
# No name resolves and every address is behind a proxy that is not there; nothing is fetched for the browser itself.
SWITCHES = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)  # fmt: skip
PATIENCE = 300.0  # seconds a page may take on a busy machine
_SCRIPT = re.compile(r"(?s)<script\b.*?</script>")
_ELSEWHERE = re.compile(r'(<a\b[^>]*?)\s+href="(?!#|https?:)[^"]*"')  # a sister page: from a sheet of paper it leads nowhere
_MOMENT = re.compile(rb"/(Creation|Mod)Date \(D:\d{14}")


def browser() -> str:
    """The Chromium, Chrome or Edge of this machine.

    Raises
    ------
    MachineFault : there is none; the message says how to get one, and how to print without.
    """
    named = os.environ.get(NAMED, "")
    found = [shutil.which(name) for name in ((named,) if named else (*NAMES, *PLACES))]
    if path := next(filter(None, found), None):
        return path
    missing: Words = Text("{variable} = {path}: there is no such program", variable=NAMED, path=named) if named else Text("none is found")
    raise MachineFault(
        "--pdf prints with a Chromium, Chrome or Edge: {missing}. Install one (Debian, Ubuntu: apt install chromium), name it in {variable}, or"
        " run without --pdf and print the pages from any browser.",
        missing=missing,
        variable=NAMED,
    )


def print_page(program: str, page: Path, day: dt.date) -> Path:
    """Print a page as PDF beside it; the file's own date is `day`, so that nothing in it depends on the clock or on where the page lay.

    Raises
    ------
    MachineFault : the browser fails, or does not end.
    """
    target, copy = page.with_suffix(".pdf"), page.with_name(f"{page.stem}.print.html")
    copy.write_text(_ELSEWHERE.sub(r"\1", _SCRIPT.sub("", page.read_text(encoding="utf-8"))), encoding="utf-8")
    try:
        with disk.scratch() as home:
            as_root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()  # Chromium asks root for it
            told = [program, *SWITCHES, *as_root, f"--user-data-dir={home}", f"--print-to-pdf={target.resolve()}", copy.resolve().as_uri()]
            done = subprocess.run(bound(told), stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
        printed = target.read_bytes() if done.returncode == 0 and target.is_file() else b""
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(program, page, type(error).__name__) from error
    finally:
        copy.unlink()
    if not printed.rstrip().endswith(b"%%EOF"):
        lines = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        raise _failed(program, page, lines[-1][:200] if lines else str(done.returncode))
    target.write_bytes(_MOMENT.sub(rb"/\1Date (D:" + f"{day:%Y%m%d}000000".encode(), printed))
    return target


def _failed(program: str, page: Path, why: str) -> MachineFault:
    return MachineFault("{program} does not print {page} ({why}). Run without --pdf, or name another browser in {variable}.",
                        program=program, page=page.name, why=why, variable=NAMED)  # fmt: skip
