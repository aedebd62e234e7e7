"""axe-core, the accessibility checker, run in an open page over the browser's own protocol: the page and its policy stay as they are."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.browser.chromium import Page

VERSION = "4.14.1"
INTEGRITY = "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
KEPT = Path(__file__).resolve().parents[2] / ".cache" / f"axe-core-{VERSION}.tgz"


@functools.cache
def source() -> tuple[str, str]:
    """Return (the checker's script, "") or ("", why there is none). The package is fetched once with npm and held against its digest."""
    try:
        packed = KEPT.read_bytes()
    except OSError:
        packed, reason = _fetched()
        if reason:
            return "", reason
    if (found := _digest(packed)) != INTEGRITY:
        KEPT.unlink(missing_ok=True)
        return "", f"axe-core {VERSION} is not the package it should be: {found}"
    with tarfile.open(fileobj=io.BytesIO(packed)) as package:
        script = package.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode("utf-8"), ""


def _digest(packed: bytes) -> str:
    return f"sha512-{base64.b64encode(hashlib.sha512(packed).digest()).decode()}"


def _fetched() -> tuple[bytes, str]:
    npm = shutil.which("npm")
    if not npm:
        return b"", "npm is not installed: the pages are not held against axe-core"
    KEPT.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT.parent) as folder:
        command = [npm, "pack", f"axe-core@{VERSION}", "--silent", "--ignore-scripts", "--pack-destination", folder]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return b"", "npm does not answer (no network?): the pages are not held against axe-core"
        packed = next(Path(folder).glob("*.tgz"), None)
        if done.returncode or packed is None:
            return b"", f"npm could not fetch axe-core {VERSION} (no network?): {done.stderr.strip()[-200:]}"
        packed.replace(KEPT)
    return KEPT.read_bytes(), ""


def violations(page: Page, *, without: tuple[str, ...] = ()) -> list[str]:
    """What of an open page breaks WCAG 2.2, levels A and AA: rule, place and what to do; empty when nothing does.

    Parameters
    ----------
    without : names of rules that are left out.
    """
    if not page.look("typeof globalThis.axe === 'object'"):
        page.look(f"{source()[0]}; undefined")
    asked = {
        "runOnly": {"type": "tag", "values": RULES},
        "rules": {name: {"enabled": False} for name in without},
        "resultTypes": ["violations"],
        "preload": False,
    }
    nameless = json.dumps({**asked, "elementRef": True, "selectors": False})  # naming every place costs more than looking at it
    if not page.look(f"axe.run(document, {nameless}).then((told) => told.violations.length)"):
        return []
    found = page.look(
        f"axe.run(document, {json.dumps(asked)}).then((told) => told.violations.flatMap("
        "(rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')}`)))"
    )
    return [str(item) for item in found]
