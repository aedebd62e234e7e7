"""The command line's parser speaks the unit's language in its own few words too."""

from __future__ import annotations

import argparse
import inspect
import re

import pytest

from kpi_lib import cli
from kpi_lib.words.parser import OWN

WRONG = (
    ["run", "--mnth", "3"],
    ["rn"],
    ["confirm", "abc"],
    ["ingest"],
    ["share", "--as-of"],
    ["run", "--year", "x"],
    ["run", "--engine", "y"],
)


@pytest.mark.parametrize("given", WRONG, ids=" ".join)
def test_a_wrong_command_is_refused_in_the_language_asked_for(given: list[str], capsys: pytest.CaptureFixture[str]):
    told = {}
    for lang in ("vi", "en"):
        with pytest.raises(SystemExit):
            cli.main(["--lang", lang, *given])
        told[lang] = capsys.readouterr().err
    words = [re.split(r"[%(:]", text.message)[0].strip() for text in OWN]
    assert "usage: " in told["en"] and ": error: " in told["en"]
    for word in {"usage", "error", "the following", "invalid", "expected", "unrecognized", *(word for word in words if len(word) > 8)}:
        assert word not in told["vi"], f"{word!r} in {told['vi']!r}"


def test_help_has_no_english_headings_in_vietnamese(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["--lang", "vi", "share", "--help"])
    told = capsys.readouterr().out
    assert "tuỳ chọn" in told and "options" not in told and "show this" not in told


def test_every_message_kept_for_the_parser_is_one_of_its_own():
    source = inspect.getsource(argparse)
    for text in OWN:
        assert repr(text.message) in source or f'"{text.message}"' in source, text.message
