"""A report to send: one zip with its pages, the list that links them and what it was made from; or one file."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpi_lib.definitions.indicators import Unit, day, read_unit
from kpi_lib.page.draft import FORMATS
from kpi_lib.page.markup import Heading, piece, table
from kpi_lib.record.chain import MONTH
from kpi_lib.reports.archive import archive_page, plain_page, reports
from kpi_lib.reports.export import export_page
from kpi_lib.reports.known import words_of
from kpi_lib.reports.proof import prove
from kpi_lib.reports.safe_html import REPORT
from kpi_lib.reports.sending.one_file import Leaf, bound
from kpi_lib.reports.verify import refuse_unless_whole
from kpi_lib.words.messages import KpiError, Text, in_context

ONE_FILE_BUDGET = 6_000_000  # bytes with live charts; beyond, pictures only
SHARED = (".html", ".pdf", *(suffix for _, suffix in FORMATS.values()))  # of the files that travel
_MOMENT = (2020, 1, 1, 0, 0, 0)  # every entry bears the same moment, so that the same report gives the same bytes


def zip_report(unit_id: str, as_of: str, *, target: Path | None = None) -> Path:
    """Pack a published report.

    Parameters
    ----------
    as_of : date of the report, as its folder is named.
    target : the zip to write; by default beside the reports, its name plain ASCII.

    Returns
    -------
    path of the zip: the list of reports, the report's folder, its manifest and a readme. The same report gives the same bytes.

    Raises
    ------
    KpiError : no date, or no such report; it is not as it was published, or was withdrawn.
    """
    unit, folder, manifest = _published(unit_id, as_of)
    files = _travelling(folder, folder.name)
    files["index.html"] = archive_page(unit, [folder / "manifest.json"], manifest["lang"]).encode("utf-8")
    return _packed(unit, folder, manifest["lang"], files, target or reports(unit.id).parent / f"bao-cao-{unit.id}-{folder.name}.zip")


def zip_with_units(unit_id: str, as_of: str, *, target: Path | None = None) -> Path:
    """Pack a published report with those of the units below it that its page on them leads to.

    Parameters and the rest are those of `zip_report`; the folders lie in the zip as in `data/processed`, so that every link leads on.

    Raises
    ------
    KpiError : as `zip_report`, of any of them; the report has no page that leads to units below.
    """
    unit, folder, manifest = _published(unit_id, as_of)
    page = folder / "units.html"
    below = sorted(set(REPORT.findall(page.read_text(encoding="utf-8")))) if page.exists() else []
    if not below:
        raise KpiError("{unit}: the report of {day} leads to no report of a unit below it.", unit=unit.id, day=folder.name)
    packed = [(unit, folder, manifest), *(_published(*each) for each in below)]
    files: dict[str, bytes] = {}
    for each, lies, _ in packed:
        files |= _travelling(lies, f"{each.id}/reports/{lies.name}")
    columns = {
        Heading(in_context("a place", "Unit"), heads_row=True, quotes=True): lambda unit, lies, _: piece(
            "link", f"{unit.id}/reports/{lies.name}/index.html", unit.name[manifest["lang"]]
        ),
        Heading(Text("What it says"), quotes=True): lambda _unit, _lies, its: its["answer"],
    }
    title = Text("Reports in this folder")
    listed = table(columns, packed, caption=title, lang=manifest["lang"])
    mark = unit.mark[manifest["lang"]] if unit.mark else ""
    files["index.html"] = plain_page(str(listed), title[manifest["lang"]], manifest["lang"], unit.name[manifest["lang"]], mark).encode(
        "utf-8"
    )
    return _packed(unit, folder, manifest["lang"], files, target or reports(unit.id).parent / f"bao-cao-{unit.id}-{folder.name}-units.zip")


def _travelling(folder: Path, name: str) -> dict[str, bytes]:
    """The files of a report that travel, named as below this folder of the zip."""
    files = {f"{name}/{path.name}": path.read_bytes() for suffix in SHARED for path in sorted(folder.glob(f"*{suffix}"))}
    return {**files, f"{name}/manifest.json": (folder / "manifest.json").read_bytes()}


def _packed(unit: Unit, folder: Path, lang: str, files: Mapping[str, bytes], target: Path) -> Path:
    """Write the zip, with a readme, beside its place first."""
    readme = Text(
        "{unit}\nReport of the figures known on {day}.\n\n1. Unpack the whole folder (do not open it inside the archive).\n"
        "2. Open index.html in any browser, on a computer or a phone; no network, nothing to install.\n"
        "3. manifest.json holds the sources, the digest of every file and every number of every sentence.\n",
        unit=unit.name,
        day=folder.name,
    )
    files = {**files, "readme.txt": ("\ufeff" + readme[lang]).replace("\n", "\r\n").encode("utf-8")}
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.part")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    temporary.replace(target)
    return target


def one_file(unit_id: str, as_of: str, *, target: Path | None = None) -> Path:
    """Bind a published report into one HTML file, from the notebooks it was made of.

    Parameters
    ----------
    as_of : date of the report, as its folder is named.
    target : the file to write; by default beside the reports, its name plain ASCII.

    Raises
    ------
    KpiError : no date, or no such report; it is not as it was published, or was withdrawn. Disagreement : a number of the file is not that of the published pages.
    """
    unit, folder, manifest = _published(unit_id, as_of)
    lang, run = manifest["lang"], json.loads((folder / "run.json").read_text(encoding="utf-8"))
    order = [entry for entry in manifest["pages"] if any(job["page"] == entry["name"] for job in run)]
    leaves = [Leaf(entry["name"], entry["title"], folder / "notebooks" / f"{entry['name']}.ipynb") for entry in order]
    target = target or reports(unit.id).parent / f"bao-cao-{unit.id}-{folder.name}.html"
    return _written(bound(leaves, lang), target, unit, manifest, order)


def public_page(unit_id: str, as_of: str, *, target: Path | None = None) -> Path:
    """The page on the units below of a published report as one file for the public: what it marks as withheld is not in it, no link leads further.

    Parameters and the rest are those of `one_file`.

    Raises
    ------
    KpiError : as `one_file`; the report has no page on units below.
    """
    unit, folder, manifest = _published(unit_id, as_of)
    order = [entry for entry in manifest["pages"] if entry["name"] == "units"]
    if not order:
        raise KpiError("{unit}: the report of {day} has no page on units below it.", unit=unit.id, day=folder.name)
    made = bound([Leaf("units", "", folder / "notebooks" / "units.ipynb")], manifest["lang"])
    for output in (output for cell in made.cells for output in cell.get("outputs", ()) if "data" in output):
        output["data"] = {kind: _public(text) for kind, text in output["data"].items() if kind == "text/html"}
    return _written(made, target or reports(unit.id).parent / f"bao-cao-{unit.id}-{folder.name}-public.html", unit, manifest, [])


def _public(markup: str) -> str:
    return _LINK.sub(r"\1", _WITHHELD.sub(r"\1*\2", markup))


_WITHHELD = re.compile(r'(<span class="withheld">).*?(</span>)', re.DOTALL)  # a bound number in it is a `data` element
_LINK = re.compile(r'<a href="(?!#)[^"]*">(.*?)</a>', re.DOTALL)


def _written(notebook: Any, target: Path, unit: Unit, manifest: Mapping[str, Any], order: Sequence[Mapping[str, Any]]) -> Path:
    """Write a bound notebook as one file with a menu of its leaves, once its numbers are proved."""
    lang, temporary = manifest["lang"], target.with_name(f".{target.name}.part")
    export_page(
        notebook,
        temporary,
        title=unit.name[lang],
        subtitle=manifest["subtitle"],
        lang=lang,
        mark=unit.mark[lang] if unit.mark else None,
        nav=[(f"#{entry['name']}", entry["menu"], False) for entry in order if not entry["line"]],
        lines=[(f"#{entry['name']}", entry["menu"], False) for entry in order if entry["line"]],
        facts=[tuple(pair) for pair in manifest["facts"]],
        budget=ONE_FILE_BUDGET,
        narrow=False,
    )
    if "override" not in manifest:
        prove({target.name: temporary.read_text(encoding="utf-8")}, lang, manifest["numbers"], words_of(unit, day(manifest["as_of"])))
    temporary.replace(target)
    return target


def _published(unit_id: str, as_of: str) -> tuple[Unit, Path, dict[str, Any]]:
    """The unit, the folder and the manifest of a published report that is whole and was not withdrawn."""
    unit, moment = read_unit(unit_id), str(day(as_of.removesuffix(MONTH)))
    folder = reports(unit.id) / (as_of if as_of.endswith(MONTH) else moment)
    if not (folder / "manifest.json").exists():
        known = ", ".join(sorted(path.parent.name for path in reports(unit.id).glob("[0-9]*/manifest.json"))) or Text("none yet")
        raise KpiError(
            "{unit}: there is no report of {day}. The reports are: {known}. Run kpi run first.", unit=unit.id, day=folder.name, known=known
        )
    refuse_unless_whole(unit.id, folder)
    return unit, folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
