"""The words that the command line's parser has of its own: argparse asks gettext for them; here they come from our catalogue."""

from __future__ import annotations

import argparse

from kpi_lib.words.messages import Text

OWN = (
    Text("usage: "),
    Text("positional arguments"),
    Text("options"),
    Text("show this help message and exit"),
    Text("%(prog)s: error: %(message)s\n"),
    Text("argument %(argument_name)s: %(message)s"),
    Text("the following arguments are required: %s"),
    Text("unrecognized arguments: %s"),
    Text("invalid choice: %(value)r (choose from %(choices)s)"),
    Text("invalid %(type)s value: %(value)r"),
    Text("expected one argument"),
    Text("expected at least one argument"),
    Text("ambiguous option: %(option)s could match %(matches)s"),
    Text("not allowed with argument %s"),
    Text("ignored explicit argument %r"),
)


def speak(lang: str) -> None:
    """Have argparse say its own words in a language; what another Python words otherwise stays as it is."""
    said = {text.message: text for text in OWN}
    argparse._ = lambda message: said[message][lang] if message in said else message  # type: ignore[attr-defined]
