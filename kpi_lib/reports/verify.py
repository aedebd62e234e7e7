"""Whether what was published is still what was published: the ledger, every page of every report, and a page that somebody kept elsewhere."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.record import chain, hub, ledger, rounds
from kpi_lib.record.chain import MONTH, NOTHING_YET, SHORT, EarlierLink, Link, ReportLink
from kpi_lib.reports.archive import reports, withdrawal
from kpi_lib.reports.manifest import FOOT, PIECE, pieces
from kpi_lib.words.messages import KpiError, Text, Words, languages, listed

_UNLISTED = ("manifest.json", "run.json")  # the manifest cannot hold its own digest; run.json holds times
_BOUND = re.compile('<section class="leaf"')  # a report in one file
_DAY = re.compile(rf"\d{{4}}-\d\d-\d\d(?:{MONTH})?", re.ASCII)


def faults(unit: str) -> list[Words]:
    """Everything that is not as it was published, the ledger first; empty where all of it fits."""
    return [*ledger_faults(unit), *pages_faults(unit)]


def ledger_faults(unit: str) -> list[Words]:
    """What does not fit in the ledger: what nobody can make anew first, then what the next run makes anew by itself."""
    return sealed_faults(unit) or to_make_anew(unit)


def sealed_faults(unit: str) -> list[Words]:
    """What does not fit in the ledger and no run mends: the chain, each sealed table, what a round can say, files that nobody published."""
    path = chain.folder(unit) / chain.FILE
    if path.is_file():
        found, wrong = chain.parsed(path.read_bytes(), chain.place(unit, chain.FILE))
        if wrong := [*wrong, *(fault for link in found for fault in chain.broken(unit, link))]:
            return wrong
    try:
        links = chain.links(unit)
        for link in links:
            for _ in rounds.rows_of_link(unit, link):
                pass
        return chain.strays(unit, list(hub.files(unit, links)))
    except KpiError as error:
        return [error.words]


def to_make_anew(unit: str) -> list[Words]:
    """The hub's configuration where it is not what the rounds and the unit's name say: no evidence, written again by the next run."""
    unlike = [] if chain.waiting(unit) else hub.unlike(unit, chain.links(unit))
    return [Text("{file}: is not what the rounds say; the next run makes it anew", file=chain.place(unit, name)) for name in unlike]


def notes(unit: str) -> list[Words]:
    """What is no fault and worth telling: lines of past rounds that the unit no longer has, reports that were withdrawn."""
    gone = sorted(set(ledger.read_ledger(unit)["indicator"]) - set(read_unit(unit).indicators))
    told = [Text("{line} of past rounds is no longer among the unit's lines", line=line) for line in gone]
    taken = ledger.withdrawn(chain.links(unit))
    return [*told, *(withdrawal(taken[day]) for day in sorted(taken))]


def pages_faults(unit: str) -> list[Words]:
    """The pages of the reports that are not as they were published, reports that the ledger does not know, and those that are gone."""
    try:
        links = chain.links(unit)
    except KpiError as error:
        return [error.words]
    base = reports(unit)
    there = sorted(path for path in base.iterdir() if path.is_dir() and not path.name.startswith(".")) if base.is_dir() else []
    found = [fault for path in there for fault in report_faults(unit, path, links)]
    published = {link.name for link in links if isinstance(link, ReportLink)}
    gone = sorted(published - {path.name for path in there})
    found += [Text("{file} is gone: the ledger says that it was published", file=f"{unit}/reports/{day}") for day in gone]
    listed, known = base / "index.html", {link.digest[:SHORT] for link in links} | {NOTHING_YET[:SHORT]}
    if listed.is_file() and (head := _head_in(_SHOWN, listed.read_text(encoding="utf-8", errors="replace"))) and head not in known:
        found.append(Text("{file}: the ledger never had the head {head} that stands there", file=f"{unit}/reports/index.html", head=head))
    return found


def report_faults(unit: str, folder: Path, links: Sequence[Link]) -> list[Words]:
    """What of one report is not as it was published; a report of before the chain is held against its own manifest."""
    where = f"{unit}/reports/{folder.name}"
    sealed, pages = _sealed(links, folder.name)
    if not _DAY.fullmatch(folder.name) or (sealed is None and links):
        return [Text("{file}: the ledger knows of no such report", file=where)]
    path = folder / "manifest.json"
    if not path.is_file():
        return [Text("{file} is gone", file=f"{where}/manifest.json")]
    content = path.read_bytes()
    if sealed is not None and hashlib.sha256(content).hexdigest() != sealed:
        return [Text("{file}: is not the one that was published", file=f"{where}/manifest.json")]
    try:
        manifest: dict[str, Any] = json.loads(content)
        outputs = {str(name): str(digest) for name, digest in manifest["outputs"].items()}
        kept = {str(name): str(digits) for name, digits in manifest.get("pieces", {}).items()}  # none before 27 November 2026
        head = str(manifest.get("ledger", ""))
        if sealed is None and head:
            return [Text("{file}: the ledger knows of no such report", file=where)]
    except (ValueError, KeyError, AttributeError, RecursionError):
        return [Text("{file}: cannot be read", file=f"{where}/manifest.json")]
    if other := sorted(name for name, digest in pages.items() if outputs.get(name) != digest):
        return [Text("{file}: the ledger holds another digest of it than the manifest", file=f"{where}/{other[0]}")]
    return [*_files_faults(folder, where, outputs, kept), *_foot_faults(folder, where, outputs, head, links)]


def _files_faults(folder: Path, where: str, outputs: Mapping[str, str], kept: Mapping[str, str]) -> Iterator[Words]:
    """Files of a report that are gone, changed (with the kilobyte of the first change), or that nobody published."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() and chain.READY not in path.parts}
    there -= set(_UNLISTED)
    for name in sorted(there | set(outputs)):
        if name not in there:
            yield Text("{file} is gone", file=f"{where}/{name}")
        elif name not in outputs:
            yield Text("{file}: was not published with this report", file=f"{where}/{name}")
        elif hashlib.sha256(content := (folder / name).read_bytes()).hexdigest() != outputs[name]:
            changed = Text("{file}: is not as it was published ({size:byte|bytes} now)", file=f"{where}/{name}", size=str(len(content)))
            yield listed([changed, *_first_change(content, kept.get(name, ""))], ", ")


def _first_change(content: bytes, kept: str) -> list[Words]:
    """Where a file first differs from what was published, as near as its manifest tells; nothing where it tells of no piece."""
    then, now = re.findall("....", kept), pieces(content)
    same = next((at for at, (one, other) in enumerate(zip(then, now, strict=False)) if one != other), min(len(then), len(now)))
    first = same * PIECE + 1
    if not then or (same == len(then) == len(now)):
        return []
    return [Text("the first byte that does not fit is one of {first} to {last}", first=first, last=first + PIECE - 1)]


def _foot_faults(folder: Path, where: str, outputs: Mapping[str, str], head: str, links: Sequence[Link]) -> Iterator[Words]:
    """Pages whose foot holds another head than their manifest, and a head that the ledger never had."""
    if not head:
        return
    if head not in {NOTHING_YET, *(link.digest for link in links)}:
        yield Text("{file}: the ledger never had the head {head} that stands there", file=f"{where}/manifest.json", head=head[:SHORT])
    for name in sorted(outputs):
        path = folder / name
        if name.endswith(".html") and path.is_file() and head_at_foot(path.read_text(encoding="utf-8", errors="replace")) != head[:SHORT]:
            yield Text("{file}: its foot holds another head of the ledger", file=f"{where}/{name}")


def _sealed(links: Sequence[Link], day: str) -> tuple[str | None, Mapping[str, str]]:
    """Digests of the manifest last published of a day and of its pages; None where none was."""
    told: tuple[str | None, Mapping[str, str]] = (None, {})
    for link in links:
        if isinstance(link, EarlierLink):
            told = link.reports.get(day), {}
        elif isinstance(link, ReportLink) and link.name == day:
            told = link.manifest, link.pages
    return told


# ---- the head on a page ----------------------------------------------------------------------------------------------------------


_SHORT_HEAD = f"([0-9a-f]{{{SHORT}}})"
_SHOWN = re.compile(f"<code>{_SHORT_HEAD}</code>")


def head_at_foot(page: str) -> str:
    """The head of the ledger at the foot of a page, as far as it is printed; empty where none stands there."""
    label = "|".join(re.escape(html.escape(FOOT[lang])) for lang in languages())
    return _head_in(re.compile(rf"<dt>(?:{label})</dt>\s*<dd>{_SHORT_HEAD}</dd>"), page)


def _head_in(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.findall(page)
    return str(found[-1]) if found else ""


def other_feet(pages: Mapping[str, str], head: str) -> list[str]:
    """The pages whose foot does not hold this head: no report is published with one."""
    return [
        f"{name}: {head_at_foot(page) or '–'} ≠ {head[:SHORT]} (kpi verify)"
        for name, page in pages.items()
        if head_at_foot(page) != head[:SHORT]
    ]


# ---- a page kept elsewhere -------------------------------------------------------------------------------------------------------


def against(unit: str, path: Path) -> tuple[list[Words], list[Words]]:
    """Hold a page or a zip that somebody kept against the ledger as it is now.

    Returns
    -------
    what does not fit, and what does.

    Raises
    ------
    KpiError : there is no such file, or it is neither a page nor a zip of a report.
    """
    links = chain.links(unit)
    kept = _kept(path)
    wrong: list[Words] = []
    right: list[Words] = []
    if day := _published_as(links, _content(path)):
        return [], [Text("{file} is, byte for byte, a page of the report of {day}", file=path.name, day=day)]
    heads = {name: head_at_foot(text) for name, text in kept.items()}
    if not any(heads.values()):
        raise KpiError("{file}: no page of a report: no head of the ledger stands at its foot.", file=path.name)
    for head in sorted(set(heads.values()) - {""}):
        if (at := _position(links, head)) is None:
            wrong.append(
                Text(
                    "The ledger never had the head {head} at the foot of {file}: it was shortened or written anew since",
                    head=head,
                    file=path.name,
                )
            )
        else:
            right.append(
                Text("The ledger still holds the head {head} at the foot of {file} (link {number})", head=head, file=path.name, number=at)
            )
    for name, text in kept.items():
        if day := _published_as(links, text.encode("utf-8", "surrogateescape")):
            right.append(Text("{file} is, byte for byte, a page of the report of {day}", file=name, day=day))
        elif _BOUND.search(text):
            right.append(
                Text("{file}: a report bound into one file is compared by its head only; bind it again and compare the files", file=name)
            )
        else:
            wrong.append(
                Text("{file}: the ledger knows of no such page: it was changed since, or its report was taken out of the ledger", file=name)
            )
    return wrong, right


def of_head(unit: str, head: str) -> Text:
    """Hold a head that stands in a mail, in minutes or on a printed page against the ledger as it is now.

    Raises
    ------
    KpiError : the ledger never had it: an older copy was brought back, or it was shortened or written anew; or it is no head at all.
    """
    head = head.strip().lower()
    if not re.fullmatch(f"[0-9a-f]{{{SHORT},64}}", head):
        raise KpiError("{head} is no head of a ledger: 12 to 64 of the signs 0-9 and a-f.", head=repr(head))
    if (at := _position(chain.links(unit), head)) is None:
        raise KpiError(
            "The ledger never had the head {head}: an older copy of it was brought back, or it was shortened or written anew since.",
            head=head,
        )
    return Text("The ledger still holds the head {head} (link {number})", head=head[:SHORT], number=at)


def _position(links: Sequence[Link], head: str) -> int | None:
    """The number of the link with this head, or its beginning; 0 of the ledger before its first; None where it has none."""
    return next((link.number for link in links if link.digest.startswith(head)), 0 if NOTHING_YET.startswith(head) else None)


def _kept(path: Path) -> dict[str, str]:
    """The pages in a file by name; of a zip those of the report, for its list of reports is made when it is packed."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                return {name: _text(packed.read(name)) for name in sorted(packed.namelist()) if name.endswith(".html") and "/" in name}
        return {path.name: _text(_content(path))}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise KpiError("{file}: the zip cannot be read ({why}).", file=path.name, why=str(error)) from None


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise KpiError("There is no file {files}. Check the path and run again.", files=str(path)) from None


def _published_as(links: Sequence[Link], content: bytes) -> dt.date | None:
    """The day of the report of which these bytes are a page; None where the ledger knows of none."""
    digest = hashlib.sha256(content).hexdigest()
    return next((link.as_of for link in reversed(links) if isinstance(link, ReportLink) and digest in link.pages.values()), None)


def refuse_unless_whole(unit: str, folder: Path) -> None:
    """What must hold before a report is packed to be sent: the ledger and the report verify, and nobody has withdrawn it.

    Raises
    ------
    KpiError : naming what does not fit, or who withdrew it and why.
    """
    found = sealed_faults(unit) or report_faults(unit, folder, chain.links(unit))
    if found:
        raise KpiError("{fault}. Nothing was packed. kpi verify --unit {unit} tells all of it.", fault=found[0], unit=unit)
    if told := ledger.withdrawn(chain.links(unit)).get(dt.date.fromisoformat(folder.name.removesuffix(MONTH))):
        raise KpiError("{told}. A withdrawn report is not packed: its pages do not say so themselves.", told=withdrawal(told))
