"""Real reports, published once and opened by every check of whole pages."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.reports.archive import reports as folder_of_reports
from kpi_lib.reports.publish import publish
from tests.browser.chromium import Chromium, find
from tests.conftest import PROJECT, furnish
from tests.once import once, project

EVERY = "*.html"
# Unit, date, language, and the pages looked at: all of the ward's, of the others those that are made of other figures or in another language.
PUBLISHED = (
    ("quang-ninh", "2025-10-15", "vi", ("index.html", "*-growth.html", "new-*.html", "draft.html", "data-quality.html")),
    ("viet-nam", "2024-10-15", "en", ("index.html", "new-enterprises.html", "gross-*.html", "draft.html", "track-record.html")),
    ("uong-bi-minh-hoa", "2026-07-15", "vi", ("index.html",)),
    ("uong-bi-minh-hoa", "2026-10-15", "vi", (EVERY,)),
)


@dataclass(frozen=True, slots=True)
class Report:
    """One page of a published report: its file, its language, and the mark it must carry."""

    file: Path
    lang: str
    mark: str

    @property
    def name(self) -> str:
        """How a failure names the page."""
        return "/".join(self.file.parts[-3:]).replace("reports/", "")


def new_root(name: str) -> Path:
    """A folder with the project's notebooks; it goes when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix=f"kpi {name} "))  # a space in the path, as on a desk
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    furnish(folder)
    return folder


def pages_of(folder: Path, mark: dict[str, str], names: tuple[str, ...] = (EVERY,)) -> list[Report]:
    """The pages in a report's folder with these names, every one unless told, whatever pages there are."""
    lang = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["lang"]
    files = sorted({file for name in names for file in folder.rglob(name)})
    return [Report(file, lang, mark.get(lang, "")) for file in files]


def publish_all(root: Path) -> None:
    """Publish the reports into a new project folder."""
    furnish(root)
    shutil.copytree(PROJECT / "data" / "raw", root / "data" / "raw", dirs_exist_ok=True)
    with project(root):
        for unit_id, as_of, lang, _ in PUBLISHED:
            publish(unit_id, as_of, lang=lang)


@functools.cache
def published() -> tuple[Report, ...]:
    """The pages of the reports and the lists of reports above them, published once a run."""
    pages: dict[Path, Report] = {}
    with project(once("báo cáo", publish_all)):
        for unit_id, as_of, lang, names in PUBLISHED:
            folder = folder_of_reports(unit_id) / as_of
            marked = read_unit(unit_id).mark
            mark = {"vi": marked["vi"], "en": marked["en"]} if marked else {}
            archive = folder.parent / "index.html"
            pages |= {page.file: page for page in (*pages_of(folder, mark, names), Report(archive, lang, mark.get(lang, "")))}
    return tuple(pages.values())


@functools.cache
def running() -> Chromium:
    """The one browser of these tests."""
    path, reason = find()
    if not path:
        pytest.skip(reason)
    chromium = Chromium(path)
    atexit.register(chromium.close)
    return chromium


@pytest.fixture(scope="session")
def browser() -> Chromium:
    """A browser without network."""
    return running()


@pytest.fixture(scope="session")
def reports(browser: Chromium) -> tuple[Report, ...]:  # noqa: ARG001 - no browser, nothing to publish for
    """Every page of every published report, and the lists of reports."""
    return published()
