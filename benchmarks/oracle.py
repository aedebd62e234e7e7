"""What every page says, kept as digests: a change that only moves code leaves each of them equal, any other is listed and explained.

    python benchmarks/oracle.py                     publish the reports below and hold them against benchmarks/oracle.csv
    python benchmarks/oracle.py --keep              publish them and keep their digests: a reviewed diff, with a line in the CHANGELOG
    python benchmarks/oracle.py --folder F          publish into F and leave the pages there
    python benchmarks/oracle.py --before E --folder F   print, sentence by sentence, what the pages in F say otherwise than those in E

Of a page, `words` is the digest of all but its pictures and scripts, `pictures` that of those (elsewhere than on Linux they depend
on the machine's fonts, so only `words` is held in the tests). Documents are held by their whole bytes.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import hashlib
import html
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
KEPT = Path(__file__).with_suffix(".csv")
COLUMNS = ("unit", "as_of", "lang", "file", "words", "pictures")
DATES = {
    "quang-ninh": ("2024-07-15", "2025-10-15", "2026-01-31"),
    "viet-nam": ("2019-07-15", "2024-10-15", "2026-01-31"),
    "uong-bi": ("2026-02-15", "2026-04-15", "2026-10-15"),
    "uong-bi-minh-hoa": ("2026-04-15", "2026-10-15", "2027-01-31"),
}
REPORTS = tuple((unit, day, lang) for unit, days in DATES.items() for day in days for lang in ("vi", "en"))
_PICTURES = re.compile(r"(?s)<(script|style|svg)\b.*?</\1>")
Row = dict[str, str]


def publish_all(reports: Iterable[tuple[str, str, str]], folder: Path) -> None:
    """Publish reports in a project folder of their own, with this project's figures and notebooks; each lies in `<unit>/<as_of>/<lang>`."""
    from kpi_lib.reports.publish import publish
    from kpi_lib.running.processes import stop_server

    root = Path(tempfile.mkdtemp(prefix="oracle "))
    before = os.environ.get("KPI_ROOT")
    try:
        os.environ["KPI_ROOT"] = str(root)
        shutil.copytree(PROJECT / "data" / "raw", root / "data" / "raw")
        shutil.copytree(PROJECT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        for unit, day, lang in reports:
            shutil.rmtree(root / "data" / "processed" / unit, ignore_errors=True)  # no report depends on an earlier one
            target = folder / unit / day / lang
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(publish(unit, day, lang=lang).folder, target)
            print(f"{unit} {day} {lang}", file=sys.stderr, flush=True)
        stop_server()
    finally:
        os.environ.pop("KPI_ROOT") if before is None else os.environ.update(KPI_ROOT=before)
        shutil.rmtree(root, ignore_errors=True)


def rows_of(folder: Path) -> Iterator[Row]:
    """The digests of every page and document of published reports."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".docx"):
            unit, day, lang, name = path.relative_to(folder).parts
            words, pictures = digests(path)
            yield dict(zip(COLUMNS, (unit, day, lang, name, words, pictures), strict=True))


def digests(path: Path) -> tuple[str, str]:
    """Of a page that of its words and that of its pictures; of a document that of all of it."""
    if path.suffix != ".html":
        return _digest(path.read_bytes()), ""
    page = path.read_text(encoding="utf-8")
    return _digest(words(page).encode()), _digest("".join(found[0] for found in _PICTURES.finditer(page)).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def words(page: str) -> str:
    """A page without its pictures, scripts, styles and their digests, and without the ninth digit of its values, which other processors may see
    otherwise."""
    spoken = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", _PICTURES.sub("", page))
    return re.sub(r'<data value="[^"]*"', "<data", spoken)


def lines(page: str) -> list[str]:
    """What a page says, block by block."""
    blocks = re.split(
        r"(?i)</?(?:p|div|section|li|ul|ol|h[1-6]|table|thead|tbody|tr|td|th|figure|figcaption|dl|dt|dd|main|nav|summary|details)\b[^>]*>",
        words(page),
    )
    return [text for block in blocks if (text := " ".join(html.unescape(re.sub(r"<[^>]+>", "", block)).split()))]


def kept() -> dict[tuple[str, ...], Row]:
    """The digests on record, by unit, date, language and file."""
    with KEPT.open(encoding="utf-8", newline="") as file:
        return {tuple(row[name] for name in COLUMNS[:4]): row for row in csv.DictReader(file)}


def differences(found: Iterable[Row], known: dict[tuple[str, ...], Row]) -> list[str]:
    """Pages that say otherwise than the record, that it does not know, or that it misses."""
    now = {tuple(row[name] for name in COLUMNS[:4]): row for row in found}
    told = [f"{'/'.join(key)}: not on record" for key in now if key not in known]
    told += [f"{'/'.join(key)}: not published" for key in known if key not in now]
    for key, row in now.items():
        changed = [part for part in COLUMNS[4:] if key in known and known[key][part] != row[part]]
        told += [f"{'/'.join(key)}: other {' and '.join(changed)}"] if changed else []
    return told


def tell(before: Path, after: Path) -> None:
    """Print what pages say otherwise than before, once for all pages that say it."""
    seen: set[tuple[str, str]] = set()
    for new in sorted(after.rglob("*.html")):
        old = before / new.relative_to(after)
        pair = [lines(path.read_text(encoding="utf-8")) if path.exists() else [] for path in (old, new)]
        changed = [(mark[:1], mark[2:]) for mark in difflib.ndiff(*pair) if mark[:1] in "+-"] if pair[0] != pair[1] else []
        fresh = [change for change in changed if change not in seen]
        seen |= set(fresh)
        if fresh:
            print(f"\n{new.relative_to(after)}", *(f"  {sign} {text[:300]}" for sign, text in fresh), sep="\n")


def main() -> int:
    """Publish, compare or keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--only", help="unit, or unit/date, or unit/date/lang", default="")
    options = parser.parse_args()
    chosen = [report for report in REPORTS if "/".join(report).startswith(options.only)]
    folder = options.folder or Path(tempfile.mkdtemp(prefix="oracle pages "))
    try:
        if not (options.before and folder.exists()):
            publish_all(chosen, folder)
        if options.before:
            tell(options.before, folder)
            return 0
        found = list(rows_of(folder))
        if options.keep:
            with KEPT.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(found)
            print(f"{len(found)} files of {len(chosen)} reports on record")
            return 0
        known = {key: row for key, row in kept().items() if key[:3] in set(chosen)}
        told = differences(found, known)
        print(*told, f"{len(found)} files, {len(told)} otherwise than on record", sep="\n")
        return 1 if told else 0
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
