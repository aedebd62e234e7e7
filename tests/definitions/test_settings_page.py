"""The data dictionary says what the code reads, and nothing else."""

from __future__ import annotations

import importlib.util

from conftest import PROJECT

from kpi_lib.definitions import settings


def test_the_data_dictionary_is_that_of_the_code():
    found = importlib.util.spec_from_file_location("settings_page", PROJECT / "benchmarks" / "settings_page.py")
    tool = importlib.util.module_from_spec(found)
    found.loader.exec_module(tool)
    assert set(tool.UNIT) == set(settings.UNIT) and set(tool.LINE) == set(settings.LINE) and set(tool.DUTY) == set(settings.DUTY)
    written = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == tool.page(), "run: python benchmarks/settings_page.py"
