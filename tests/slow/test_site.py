"""The documents as a site: built with warnings as errors, it asks nothing of a network, and the page for a chairman prints on one sheet."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.browser.chromium import Chromium, find
from tests.documents import PROJECT

LOADED = re.compile(
    r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["'](?:https?:)?//[^"']*|@import\s+["'](?:https?:)?//[^"']*|url\(["']?(?:https?:)?//[^)]*"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as docs/site.md says, in an environment of its own that sees this one's packages too."""
    folder = tmp_path_factory.mktemp("site")
    wanted = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]["docs"]
    subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
    python = folder / "env" / "bin" / "python"
    got = subprocess.run([str(python), "-m", "pip", "install", "-q", *wanted], capture_output=True, encoding="utf-8", check=False)
    if got.returncode:
        pytest.skip(f"no package index: {got.stderr.strip().splitlines()[-1]}")
    packages = next((folder / "env" / "lib").glob("python3*")) / "site-packages"
    (packages / "here.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")), encoding="utf-8")
    built = subprocess.run(
        [str(python), "-m", "sphinx", "-W", "--keep-going", "-q", "docs", str(folder / "html")],
        cwd=PROJECT, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr[-4000:]
    return folder / "html"


def test_every_page_and_every_public_name_is_on_the_site(site: Path):
    for page in (PROJECT / "docs").rglob("*.md"):
        assert (site / page.relative_to(PROJECT / "docs")).with_suffix(".html").is_file(), page.name
    reference = (site / "api.html").read_text(encoding="utf-8")
    assert all(f">{name}<" in reference for name in ("outlook_for", "project", "replay", "what_if", "fan"))


def test_nothing_is_fetched_when_the_site_is_looked_at(site: Path):
    for file in [*site.rglob("*.html"), *site.rglob("*.css")]:
        assert LOADED.findall(file.read_text(encoding="utf-8")) == [], file.name


def test_the_theme_speaks_the_language_of_the_page(site: Path):
    page = (site / "first-day.html").read_text(encoding="utf-8")
    assert '<html lang="vi"' in page and "Trong trang này" in page and "On this page" not in page
    assert '<html lang="en"' in (site / "en" / "first-day.html").read_text(encoding="utf-8")


@pytest.mark.browser
@pytest.mark.parametrize("page", ["probability", "en/probability"])
def test_the_page_for_a_chairman_is_one_sheet_of_paper(site: Path, page: str):
    path, reason = find()
    if not path:
        pytest.skip(reason)
    browser = Chromium(path)
    opened = browser.open(site / f"{page}.html", 1280, 900)
    printed = opened.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
    browser.close()
    sheets = PdfReader(io.BytesIO(base64.b64decode(printed))).pages
    assert len(sheets) == 1
    assert [round(float(side) / 72 * 25.4) for side in sheets[0].mediabox[2:]] == [210, 297]
