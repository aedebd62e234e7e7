"""The folders of illustrative wards: whole before they can be seen, the same bytes from the same seed, left alone once they stand."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from kpi_lib import disk
from kpi_lib.definitions import folders
from kpi_lib.definitions.demo import figures
from kpi_lib.definitions.demo.figures import FIRST, LAST, Figure, Ward
from kpi_lib.definitions.indicators import INDICATORS, Unit, hold, read_unit
from kpi_lib.definitions.starting import RULE
from kpi_lib.words.messages import Text, Words, languages, say

MADE_UP = Text("ILLUSTRATIVE FIGURES")
SOURCE = Text("illustrative file, made from a seed")
FORMED = Text("The ward was formed from two former ones; earlier figures were reckoned anew for its territory (illustrative).")
MOVED = Text("Two quarters passed from one ward to another; earlier figures are of another territory (illustrative).")
IN_CHARGE = Text("Leader of the ward in charge of the field (illustrative)")
PLANTED = Text("Trees planted along streets and in parks")
TREES = Text("trees")
REBUILT = "rebuilt"  # as `figures.boundaries` reads it
INVESTED = "public_investment_disbursement"


def ward_id(unit: str, number: int) -> str:
    """The folder of a ward.

    >>> ward_id("demo-province", 7)
    'demo-ward-07'
    """
    return f"{unit.removesuffix('-province')}-ward-{number:02d}"


def make(unit: str) -> list[str]:
    """Make the illustrative wards that a unit's file asks for and that are not there yet; those that stand are left as they are.

    Returns
    -------
    The ids of those made now: none where the file asks for none (`illustrative_wards`).

    Raises
    ------
    KpiError : the unit's file has faults. OSError : the disk is full or refuses; the wards made so far stand whole.
    """
    asked = hold(folders.raw(unit) / "unit.toml").get("illustrative_wards")
    if asked is None:
        return []
    above, data, made = read_unit(unit), folders.root() / "data", []
    disk.sweep(data)
    for ward in figures.wards(asked["seed"], asked["count"]):
        name = ward_id(unit, ward.number)
        if (data / "raw" / name).exists():
            continue
        staging = data / f".{name}.{os.getpid()}.tmp"
        try:
            _write(staging, asked["seed"], ward, above)
            disk.sync_tree(staging)
            staging.rename(data / "raw" / name)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        made.append(name)
    return made


def _write(folder: Path, seed: int, ward: Ward, above: Unit) -> None:
    """Everything of a ward's folder."""
    lang = above.lang
    (folder / "deliveries").mkdir(parents=True)
    (folder / "unit.toml").write_text(_unit_toml(ward, above), encoding="utf-8", newline="\n")
    goals = figures.goals(seed, ward)
    table(
        folder / "targets.csv",
        [
            {"indicator": line, "year": LAST, "threshold": f"{threshold:g}", "comparator": comparator, "measure": "indicator"}
            | said(LAST, lang)
            for line, (comparator, threshold) in goals.items()
        ],
    )
    billion = INDICATORS[INVESTED].natural_measure[lang]
    table(
        folder / "plans.csv",
        [
            {"indicator": INVESTED, "year": year, "value": f"{figures.plan(ward, year):g}", "measure": billion} | said(year, lang)
            for year in range(FIRST, LAST + 1)
        ],
    )
    for office, rows in figures.figures(seed, ward).items():
        table(folder / "deliveries" / f"{office}.csv", [row_of(row, ward, lang) for row in rows])
    (folder / folders.MADE).write_text(f"{above.id} {seed}\n", encoding="utf-8", newline="\n")


def said(year: int, lang: str) -> dict[str, str]:
    """Where a year's targets and plans stand."""
    document = say("Resolution on the tasks of {year} (illustrative)", lang, year=str(year))
    return {"version": "adopted", "document": document, "adopted": f"{year - 1}-12-26", "source": SOURCE[lang], "note": MADE_UP[lang]}


def row_of(figure: Figure, ward: Ward, lang: str) -> dict[str, str]:
    """A figure as a row of a delivery; marked where it was reckoned anew for the territory of today."""
    line, basis, period, value, status, published = figure
    begins = {"level": period, "month": f"{period}-01"}.get(basis, f"{period[:4]}-01-01")
    ind = INDICATORS.get(line)
    area = "" if begins >= ward.event else REBUILT if ward.rebuilt else say("the former territory (illustrative)", lang)
    return {
        "indicator": line, "basis": basis, "period": period, "value": f"{value:.12g}", "measure": (ind.natural_measure if ind else TREES)[lang],
        "status": status, "published": published, "perimeter": area,
        "source": SOURCE[lang], "note": MADE_UP[lang],
    }  # fmt: skip


def _unit_toml(ward: Ward, above: Unit) -> str:
    lines = [
        f"# {MADE_UP[above.lang]}",
        f"name = {_words(Text('Ward {number} (illustrative)', number=f'{ward.number:02d}'))}",
        'level = "ward"',
        f"parent = {json.dumps(above.id)}",
        f"language = {json.dumps(above.lang)}",
        f"population = {ward.population}",
        f"population_note = {json.dumps(SOURCE[above.lang], ensure_ascii=False)}",
        "illustrative = true",
        "numbered = false",
        "deadline_day = 10",
        "deadline_next_month = true",
        f"deadline_document = {json.dumps(say('Reporting rules of the province (illustrative)', above.lang), ensure_ascii=False)}",
        f"lines = {json.dumps([*INDICATORS, *(['green_space'] if ward.own else [])])}",
        f"publication_rule = {_words(RULE)}",
    ]
    if ward.event:
        lines += ["", "[[boundary_event]]", f"date = {ward.event}"]
        event = FORMED if ward.rebuilt else MOVED
        lines += [f"{lang} = {json.dumps(event[lang], ensure_ascii=False)}" for lang in languages()]
    for line in INDICATORS:
        lines += ["", f"[override.{line}.duty]", f"result_owner = {_words(IN_CHARGE)}"]
    if ward.own:
        lines += ["", "[[indicator]]", 'id = "green_space"', f"name = {_words(PLANTED)}", f"measure = {_words(TREES)}", 'kind = "flow"']
    return "\n".join(lines) + "\n"


def _words(words: Words) -> str:
    """Words in every language, as TOML writes them."""
    return "{ " + ", ".join(f"{lang} = {json.dumps(words[lang], ensure_ascii=False)}" for lang in languages()) + " }"


def table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as a table, with the same line ends everywhere."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
