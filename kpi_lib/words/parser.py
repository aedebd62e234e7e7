"""The words that the command line's parser has of its own: argparse asks gettext for them; here they come from our catalogue."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from kpi_lib.words.messages import SOURCE, Text
from kpi_lib.words.near import near

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
_spoken = SOURCE


def speak(lang: str) -> None:
    """Have argparse say its own words in a language; what another Python words otherwise stays as it is."""
    global _spoken
    _spoken, said = lang, {text.message: text for text in OWN}
    argparse._ = lambda message: said[message][lang] if message in said else message  # type: ignore[attr-defined]


def meant(word: str, known: Sequence[str]) -> str:
    """What was probably meant, in the language of the command line."""
    hint = near(word, known)
    return hint if isinstance(hint, str) else hint[_spoken]


class Parser(argparse.ArgumentParser):
    """A parser that says, of a command, an option or a word it does not know, what was probably meant."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            error.message += meant(str(value), [str(known) for known in action.choices or ()])
            raise

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """As argparse's; an option that is none is told with the one that is most like it."""
        found, left = self.parse_known_args(args, namespace)
        if left:
            known = list(_options(self, found))
            hints = [meant(word.partition("=")[0], known) for word in left if word.startswith("-")]
            self.error(argparse._("unrecognized arguments: %s") % " ".join(left) + "".join(hints))  # type: ignore[attr-defined]
        return found


def _options(parser: argparse.ArgumentParser, found: argparse.Namespace) -> Iterator[str]:
    """The options of a parser and of the command that was chosen."""
    for action in parser._actions:
        yield from action.option_strings
        chosen = getattr(found, action.dest, None)
        if isinstance(action, argparse._SubParsersAction) and chosen in action.choices:
            yield from _options(action.choices[chosen], found)
