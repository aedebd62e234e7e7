"""The documents followed to their end: every command of every page, in its order, in a scratch project (minutes)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import documents

PAGES = [page for page in sorted((documents.PROJECT / "docs").rglob("*.md")) if any(step.slow for step in documents.steps(page))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(documents.PROJECT).as_posix())
def test_a_page_is_followed_to_its_end(page: Path, tmp_path: Path):
    documents.follow(page, tmp_path, documents.steps(page))
