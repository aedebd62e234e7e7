"""The chain of what was published: a line a link, each with its own digest and that of the line before, so that nothing is changed unseen.

Links are only ever added. Who changes one byte of a table or of a line breaks a digest; who reckons all digests anew gets another head, and the
head before each report stands at the foot of its pages, wherever they were sent.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.words.messages import KpiError, Text, Words

NOTHING_YET = "0" * 64  # the head of a ledger without a link
SHORT = 12  # hex digits of a head as people read it
FILE = "chain.jsonl"
MONTH = "-month"  # behind the day in the name of a monthly review's folder
READY = ".round"  # folder within a report where its links and tables lie until the ledger has them
EARLIER = re.compile(r"\d{4}-\d\d-\d\d(-v[1-9]\d{0,3})?\.csv", re.ASCII)  # a round of before the chain
_NAME = re.compile(r"[A-Za-z0-9_=.-]+(/[A-Za-z0-9_=.-]+)*", re.ASCII)


class Seal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a table was when it was published: its digest, and the first digits of the digest of each of its lines."""

    sha256: str
    lines: tuple[str, ...]


class Link(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """A line of the chain: its number, the digest of the line before, and its own (of the line without it)."""

    number: int = 0
    previous: str = ""
    digest: str = ""


class EarlierLink(Link, frozen=True, kw_only=True, tag="earlier"):
    """What stood there before the chain began: rounds of earlier versions, and the manifests of reports by the day of the report."""

    files: dict[str, Seal]
    reports: dict[str, str]


class RoundLink(Link, frozen=True, kw_only=True, tag="round"):
    """A round: its tables, the digest of all figures and registers behind it, the version of the code, the rules by which it is scored."""

    as_of: dt.date
    version: int
    files: dict[str, Seal]
    inputs: str
    code: str
    rules: int


class ReportLink(Link, frozen=True, kw_only=True, tag="report"):
    """The pages published of a round: digest of their manifest, of what is written by hand about the unit, and of every page that travels."""

    as_of: dt.date
    version: int
    lang: str
    manifest: str
    settings: str
    pages: dict[str, str]
    review: Literal["month"] | msgspec.UnsetType = msgspec.UNSET  # left out of the line of a quarterly report

    @property
    def name(self) -> str:
        """The name of the report's folder."""
        return f"{self.as_of}{MONTH if self.review == 'month' else ''}"


class WithdrawnLink(Link, frozen=True, kw_only=True, tag="withdrawn"):
    """A report that somebody took back, by name: who, why, on which day. Nothing of it is removed, and its round is scored all the same."""

    as_of: dt.date
    version: int
    by: str
    reason: str
    on: dt.date


_LINE = msgspec.json.Decoder(EarlierLink | RoundLink | ReportLink | WithdrawnLink)


def folder(unit: str) -> Path:
    """Where a unit's ledger lies."""
    return folders.processed(unit) / "ledger"


def seal(content: bytes) -> Seal:
    """What is kept of a table in the chain."""
    return Seal(hashlib.sha256(content).hexdigest(), tuple(hashlib.sha256(line).hexdigest()[:8] for line in content.split(b"\n")))


def written(link: Link) -> bytes:
    """A link as its line, without the end of the line."""
    return msgspec.json.encode(link, order="deterministic")


def joined(before: Sequence[Link], new: Sequence[Link]) -> list[Link]:
    """The links with new ones behind them, each with its number, the digest of the one before and its own."""
    made = list(before)
    for link in new:
        bare = msgspec.structs.replace(link, number=len(made) + 1, previous=head_of(made), digest="")
        made.append(msgspec.structs.replace(bare, digest=hashlib.sha256(written(bare)).hexdigest()))
    return made


def file_of(links: Sequence[Link]) -> bytes:
    """The chain as it stands on the disk."""
    return b"".join(written(link) + b"\n" for link in links)


def head_of(links: Sequence[Link]) -> str:
    """The digest of the last link; noughts where there is none."""
    return links[-1].digest if links else NOTHING_YET


def parsed(content: bytes, where: str) -> tuple[list[Link], list[Words]]:
    """The links of a chain, and what does not fit in it, the first fault first.

    Parameters
    ----------
    where : name of the file in messages.
    """
    links: list[Link] = []
    faults: list[Words] = []
    expected: str | None = NOTHING_YET
    *lines, rest = content.split(b"\n")
    for number, line in enumerate([*lines, rest] if rest else lines, start=1):
        link, fault = _read(line, number, expected)
        expected = link.digest if link else None
        links += [link] if link else []
        faults += [Text("{file}, line {line}: {fault}", file=where, line=number, fault=fault)] if fault else []
    if rest and not faults:
        faults = [Text("{file}, line {line}: is cut off before its end", file=where, line=len(lines) + 1)]
    return links, faults


def _read(line: bytes, number: int, expected: str | None) -> tuple[Link | None, Words | None]:
    """A line as a link, and the first thing that does not fit; `expected` is the digest of the line before, None where that is no link."""
    try:
        link: Link = _LINE.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        newer = Text("a newer version of the library wrote it ({why}). Go back to that version", why=str(error))
        return None, newer if _whole(line) else Text("it is no line of the ledger ({why})", why=str(error))
    if (again := written(link)) != line:
        byte = next((at for at, (one, other) in enumerate(zip(line, again, strict=False)) if one != other), min(len(line), len(again)))
        return link, Text("byte {byte} is not as the ledger writes it", byte=byte + 1)
    if link.digest != hashlib.sha256(written(msgspec.structs.replace(link, digest=""))).hexdigest():
        return link, Text("its words are not those it was written with (its own digest does not fit)")
    if link.number != number:
        return link, Text(
            "it is link {number} in the place of link {line}: a line was taken away, put in or moved", number=link.number, line=number
        )
    if expected is not None and link.previous != expected:
        return link, Text("it does not follow from the line before: one of the two was written anew")
    if names := [name for name in files_of(link) if not _NAME.fullmatch(name) or ".." in name]:
        return link, Text("it names a file that no round has: {name}", name=repr(names[0]))
    return link, None


def _whole(line: bytes) -> bool:
    """Whether a line that cannot be understood is as it was written: its own digest fits, whatever kind of line it is."""
    with contextlib.suppress(msgspec.MsgspecError, ValueError, RecursionError, KeyError, TypeError):
        told = msgspec.json.decode(line)
        return bool(told["digest"] == hashlib.sha256(msgspec.json.encode(told | {"digest": ""})).hexdigest())
    return False


def files_of(link: Link) -> dict[str, Seal]:
    """The tables that a link seals, by name."""
    return link.files if isinstance(link, EarlierLink | RoundLink) else {}


def links(unit: str) -> list[Link]:
    """The links of a unit's ledger, whole; of a ledger of before the chain the one link with which its chain will begin.

    Raises
    ------
    KpiError : a line does not fit, with file and line; the chain is gone; a file's name is strange.
    """
    path = folder(unit) / FILE
    if not path.is_file():
        return _begun(unit)
    found, faults = parsed(path.read_bytes(), place(unit, FILE))
    if faults:
        raise KpiError(faults[0])
    return found


def place(unit: str, name: str) -> str:
    """A file of the ledger as messages name it."""
    return f"{unit}/ledger/{name}"


def _begun(unit: str) -> list[Link]:
    """The link with which a chain begins where an earlier version has left rounds or reports; none where there is nothing yet."""
    rounds = sorted(folder(unit).glob("*.csv"))
    if strange := [path for path in rounds if not EARLIER.fullmatch(path.name)]:
        raise KpiError("{file}: no round bears such a name. Take the file away and run again.", file=place(unit, strange[0].name))
    if any((folder(unit) / "model-output").rglob("*.csv")) and not waiting(unit):
        raise KpiError("{file} is gone, but rounds are there. Bring it back from a copy of data/.", file=place(unit, FILE))
    manifests = sorted((folders.processed(unit) / "reports").glob("[0-9]*/manifest.json")) if rounds else []
    reports = {path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in manifests}
    return joined([], [EarlierLink(files={path.name: seal(path.read_bytes()) for path in rounds}, reports=reports)]) if rounds else []


def broken(unit: str, link: Link) -> Iterator[Words]:
    """The tables of a link that are not as they were published, each with its first line that differs."""
    for name, kept in files_of(link).items():
        try:
            content = (folder(unit) / name).read_bytes()
        except OSError:
            yield Text("{file} is gone: it was published and belongs to the ledger", file=place(unit, name))
            continue
        now = seal(content)
        if now.sha256 != kept.sha256:
            line = next(
                (at for at, (one, other) in enumerate(zip(now.lines, kept.lines, strict=False)) if one != other),
                min(len(now.lines), len(kept.lines)),
            )
            shown = content.split(b"\n")[line].decode("utf-8", "replace")[:120] if line < len(now.lines) else ""
            yield Text(
                "{file}, line {line}: is not as it was published; now it reads {found}",
                file=place(unit, name),
                line=line + 1,
                found=repr(shown),
            )


def waiting(unit: str) -> list[Path]:
    """What runs that were cut off had ready for the ledger; the next run enters it."""
    return sorted((folders.processed(unit) / "reports").glob(f"[0-9]*/{READY}"))


def strays(unit: str, known: Sequence[str]) -> list[Words]:
    """Files in the ledger that no link names; those of a run that was cut off are no fault."""
    base = folder(unit)
    there = sorted(path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file() and not _hidden(path.relative_to(base)))
    coming = [link for path in waiting(unit) if (path / FILE).is_file() for link in parsed((path / FILE).read_bytes(), FILE)[0]]
    kept = links(unit)
    named = {FILE, *known, *(name for link in (*kept, *coming) for name in files_of(link))}
    return [Text("{file}: the ledger knows of no such file", file=place(unit, name)) for name in there if name not in named]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def replace(path: Path, content: bytes) -> None:
    """Write a file so that it is whole on the disk, or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with disk.whole(path, sure=True) as being_made:
        being_made.write_bytes(content)
