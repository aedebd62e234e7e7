"""What became of the last run of a unit, kept from its start to its end, so that somebody learns of it: `last_run.json` beside the reports."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.words.messages import Dated, Named, Text, Words, languages, listed

GOOD = (0, 10)  # exit codes of runs that published
LONGEST = 300  # letters of a reason on the list of reports


@dataclass(frozen=True, slots=True)
class LastRun:
    """One run: of which day, when it began and ended, with which exit code and why, and how many of its pages were made.

    `code` is None until the run has ended. `reason` is said in every language of the library. `mail_failed` says why nobody could be told
    by mail; `before` is the run before this one where that one never came to an end.
    """

    as_of: str
    started: dt.datetime
    ended: dt.datetime | None = None
    code: int | None = None
    reason: dict[str, str] = field(default_factory=dict)
    done: int = 0
    of: int = 0
    mail_failed: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether the run published."""
        return self.code in GOOD

    def told(self) -> Words:
        """The run in one sentence."""
        pages = self._pages()
        if self.ended is None:
            return Text(
                "A run for {day} began on {started}: it is under way, or it was broken off ({pages}).",
                day=_day(self.as_of), started=_moment(self.started), pages=pages,
            )  # fmt: skip
        if self.good:
            return Text("The last run, for {day}, ended on {ended} and published.", day=_day(self.as_of), ended=_moment(self.ended))
        return Text(
            "The last run, for {day}, failed on {ended} ({pages}, exit code {code}), because: {reason}",
            day=_day(self.as_of), ended=_moment(self.ended), pages=pages, code=self.code or 0, reason=Named(**self.reason),
        )  # fmt: skip

    def broken_off(self) -> Words:
        """What is said of a run that never came to an end, once it is certain that it is not under way."""
        return Text(
            "The run for {day} that began on {started} was broken off ({pages}): it was killed, or the machine went down.",
            day=_day(self.as_of), started=_moment(self.started), pages=self._pages(),
        )  # fmt: skip

    def _pages(self) -> Words:
        return Text("{done} of {of:page was|pages were} made", done=self.done, of=self.of) if self.of else Text("no page was made")


def _day(as_of: str) -> Words | str:
    try:
        return Dated(dt.date.fromisoformat(as_of), "d MMMM y")
    except ValueError:
        return as_of


def _moment(when: dt.datetime) -> Words:
    return listed((when.date(), when.strftime("%H:%M")))


def in_all_languages(words: Words) -> dict[str, str]:
    """What is kept of words that somebody reads later, in a language not yet known."""
    return {lang: words[lang] for lang in languages()}


def place(unit: str) -> Path:
    """Where it is kept."""
    return folders.processed(unit) / "last_run.json"


def read(unit: str) -> LastRun | None:
    """The last run; None where there was none or what is kept of it cannot be read."""
    try:
        return msgspec.json.decode(place(unit).read_bytes(), type=LastRun)
    except (OSError, msgspec.DecodeError):
        return None


def keep(unit: str, run: LastRun) -> None:
    """Keep a run in one step, so that whoever reads finds the old one or the new one; a unit that has no folder gets none."""
    path = place(unit)
    path.parent.mkdir(parents=True, exist_ok=True)
    with disk.whole(path, sure=True) as being_made:
        being_made.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1))


def begin(unit: str, as_of: str, now: dt.datetime) -> LastRun:
    """Keep that a run begins; one that was left in the middle is carried along until this one has ended well."""
    last = read(unit)
    unended = in_all_languages(last.broken_off()) if last and last.ended is None else last.before if last and not last.good else {}
    run = LastRun(as_of, now, before=unended)
    keep(unit, run)
    return run


def end(unit: str, run: LastRun, code: int, reason: Words | None, now: dt.datetime) -> LastRun:
    """Keep how a run ended."""
    ended = replace(run, ended=now, code=code, reason=in_all_languages(reason) if reason else {})
    keep(unit, ended)
    return ended


def mark(unit: str) -> Words | None:
    """What the list of reports says above them: that the last run failed; nothing while one is under way or where it published."""
    last = read(unit)
    if last is None or last.ended is None or last.good:
        return None
    short = {lang: said if len(said) <= LONGEST else f"{said[:LONGEST].rsplit(maxsplit=1)[0]} …" for lang, said in last.reason.items()}
    return replace(last, reason=short).told()
