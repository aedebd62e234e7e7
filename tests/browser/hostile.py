"""A unit whose every text is an attack, published and delivered by the real pipeline: the folder, the files, and what was planted where."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

from kpi_lib import cli
from kpi_lib.definitions.indicators import day
from kpi_lib.deliveries import store
from kpi_lib.deliveries.answers import withdraw
from kpi_lib.deliveries.intake import confirm, still_waiting
from kpi_lib.words.messages import UNFIT, KpiError
from tests.payloads import PAYLOADS

YEAR, AS_OF, RECEIVED = 2025, "2025-10-15", "2025-10-10"
LINES = ("new_enterprises", "public_investment_disbursement", "health_insurance_coverage", "own_line")
_TOKEN = re.compile(r"Q(\d+)Z([a-z_]+)Q")
TEXTS = ("name", "short", "definition", "cut_off", "flow_name", "denominator")
PLAIN = ("wording", "clause", "number", "source")
DUTIES = ("owner", "task", "due", "result", "responsibility", "product")


@dataclass
class Attack:
    """One share of the payloads, and the unit they are planted in."""

    unit: str
    numbers: range
    lang: str
    planted: set[tuple[int, str]] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def text(self, place: str, *, most: int = 100_000, without: str = "") -> str:
        """All payloads of this share in one text, each after its mark `Q<number>Z<place>Q`; the longest and unfit ones left out."""
        parts = []
        for number in self.numbers:
            payload = UNFIT.sub("", PAYLOADS[number])  # refused with the place, or taken out on the way in: tests of their own
            if len(" ".join([*parts, f"Q{number}Z{place}Q", payload])) + (20 if most > 100 else 0) > most or any(
                char in payload for char in without
            ):
                continue
            parts.append(f"Q{number}Z{place}Q {payload}")
            self.planted.add((number, place))
        return " ".join(parts if most < 100 else [*parts, f"Q{len(PAYLOADS)}Z{place}Q"])


def reached(text: str) -> set[tuple[int, str]]:
    """The marks found in a text."""
    return {(int(number), place) for number, place in _TOKEN.findall(text)}


def attacks(shares: int) -> list[Attack]:
    """The payloads dealt out to so many units, readers of both languages."""
    return [Attack(f"dich-{share}", range(share, len(PAYLOADS), shares), "vi" if share % 2 == 0 else "en") for share in range(shares)]


# ---- the unit's folder -----------------------------------------------------------------------------------------------------------


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _both(text: str) -> str:
    return f"{{ vi = {_toml(text)}, en = {_toml(text)} }}"


def _unit_toml(attack: Attack) -> str:
    own = [f"{name} = {_both(attack.text(f'own_{name}'))}" for name in (*TEXTS, "measure")]
    own += [f"{name} = {_toml(attack.text(f'own_{name}'))}" for name in PLAIN]
    duties = "\n".join(f"{name} = {_both(attack.text(f'own_{name}'))}" for name in DUTIES)
    lines = [
        f"name = {_both(attack.text('unit_name'))}", 'level = "ward"', f"parent = {_toml(attack.text('parent'))}", "population = 60000",
        f"population_note = {_toml(attack.text('population_note'))}", f"publication_rule = {_both(attack.text('publication_rule'))}",
        f"reports_to = {_both(attack.text('reports_to'))}", 'headline = ["new_enterprises"]', f"lines = {json.dumps(LINES)}",
    ]  # fmt: skip
    for key in LINES[:3]:
        texts = [f"{name} = {_both(attack.text(name))}" for name in TEXTS]
        lines += [f"[override.{key}]", *texts, *(f"{name} = {_toml(attack.text(name))}" for name in PLAIN)]
        lines += [f"duty = {{ {', '.join(f'{name} = {_both(attack.text(name))}' for name in DUTIES)} }}"]
    lines += [
        "[[indicator]]",
        'id = "own_line"',
        'group = "economy"',
        *own,
        'kind = "assessment"',
        'frequency = "year"',
        'direction = "higher"',
        "decimals = 1",
    ]
    lines += ["[indicator.duty]", duties, "[[boundary_event]]", "date = 2023-01-01"]
    lines += [f"{name} = {_toml(attack.text(f'event_{name}'))}" for name in ("vi", "en", "document", "source")]
    return "\n".join(lines) + "\n"


def _rows(attack: Attack) -> list[dict[str, object]]:
    rows = []
    for year in (2023, 2024, 2025):
        for month in range(1, 10 if year == YEAR else 13):
            known = f"{year + month // 12}-{month % 12 + 1:02d}-06"
            source = attack.text("figure_source") if year == YEAR and month > 6 else "thử"
            note = attack.text("figure_note") if year == YEAR and month > 6 else ""
            common = {"status": "actual", "published": known, "source": source, "note": note, "perimeter": ""}
            wobble = 1 + ((year * 12 + month) * 7919 % 11 - 5) / 40
            rows.append(
                {
                    **common,
                    "indicator": LINES[0],
                    "basis": "month",
                    "period": f"{year}-{month:02d}",
                    "value": round(9 * wobble + month % 3),
                    "measure": "doanh nghiệp",
                }
            )
            rows.append(
                {
                    **common,
                    "indicator": LINES[1],
                    "basis": "month",
                    "period": f"{year}-{month:02d}",
                    "value": round(8 * wobble, 1),
                    "measure": "tỷ đồng",
                }
            )
            if month % 3 == 0:
                rows.append(
                    {
                        **common,
                        "indicator": LINES[2],
                        "basis": "level",
                        "period": f"{year}-{month:02d}-{30 if month in (6, 9) else 31}",
                        "value": 94 + year - 2023 + month / 20,
                        "measure": "%",
                    }
                )
    beyond = {
        "status": "actual",
        "published": "2025-08-06",
        "source": attack.text("other_source"),
        "note": attack.text("other_note"),
        "perimeter": attack.text("figure_perimeter"),
    }
    rows.append({**beyond, "indicator": LINES[0], "basis": "month", "period": "2025-07", "value": 3, "measure": "doanh nghiệp"})
    rows.append({**beyond, "indicator": LINES[2], "basis": "level", "period": "2022-12-31", "value": 90, "measure": "%"})
    rows.append(
        {
            **beyond,
            "indicator": "own_line",
            "basis": "year",
            "period": "2024",
            "value": 91,
            "measure": attack.text("own_measure"),
            "perimeter": "",
            "published": "2025-01-06",
        }
    )
    return rows


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def write_unit(attack: Attack, root: Path) -> None:
    """Write the unit's folder."""
    folder = root / "data" / "raw" / attack.unit
    (folder / "deliveries").mkdir(parents=True)
    (folder / "unit.toml").write_text(_unit_toml(attack), encoding="utf-8")
    _write(folder / "deliveries" / f"{attack.text('csv_name', most=110, without='/')}.csv", _rows(attack))
    words = {name: attack.text(f"target_{name}") for name in ("document", "clause", "source", "note")}
    common = {"year": YEAR, "comparator": ">=", "measure": "indicator", "version": "adopted", "adopted": "2024-12-31", **words}
    _write(
        folder / "targets.csv",
        [{"indicator": key, "threshold": goal, **common} for key, goal in zip(LINES, (120, 95, 95, 90), strict=True)],
    )
    plan = {
        "indicator": LINES[1],
        "measure": "tỷ đồng",
        "version": "adopted",
        "source": attack.text("plan_source"),
        "note": attack.text("plan_note"),
    }
    _write(
        folder / "plans.csv",
        [
            {**plan, "year": year, "value": 100, "adopted": f"{year - 1}-12-31", "document": attack.text("plan_document")}
            for year in (2023, 2024, 2025)
        ],
    )
    change = {"event": "2023-01-01", "indicator": "*", "share": 0.5, "low": 0.4, "high": 0.6}
    _write(
        folder / "perimeter.csv",
        [{**change, "old_unit": attack.text("old_unit"), "key": attack.text("perimeter_key"), "source": attack.text("perimeter_source")}],
    )


# ---- deliveries ------------------------------------------------------------------------------------------------------------------

_TIDY = ("indicator", "basis", "period", "value", "measure", "status", "published", "source", "note", "perimeter", "series")


def _tidy(attack: Attack, folder: Path) -> Path:
    """A tidy table: good rows with hostile words, rows that nothing can be made of, and one that must be confirmed."""
    good = {
        "indicator": LINES[0],
        "basis": "month",
        "measure": "doanh nghiệp",
        "status": "ước",
        "source": attack.text("tidy_source"),
        "note": attack.text("tidy_note"),
    }
    level = {
        "indicator": LINES[2],
        "basis": "level",
        "period": "31/10/2025",
        "value": "95,4",
        "measure": "%",
        "status": "ước",
        "source": "thử",
        "note": "",
        "perimeter": attack.text("tidy_perimeter"),
    }
    rows: list[dict[str, str]] = [
        {**good, "period": "2025-09", "value": "12"}, {**level}, {**good, "period": "2025-10", "value": "480"},
        *({**good, "period": "2025-09", "value": "12", name: attack.text(f"tidy_bad_{name}")} for name in ("indicator", "period", "value", "measure", "status", "published", "basis")),
    ]  # fmt: skip
    path = folder / f"{attack.text('tidy_name', most=110, without='/')}.csv"
    _write(path, [{name: row.get(name, "") for name in _TIDY} for row in rows])  # type: ignore[arg-type]
    return path


def _workbook(attack: Attack, folder: Path) -> Path:
    """The real template, filled in by hand: notes, documents, sender, and a sheet and cells nobody asked for."""
    plain = folder / "mau.xlsx"
    code = cli.main(["template", "--unit", attack.unit, "--year", "2025", "--month", "9", "--as-of", AS_OF, "--out", str(plain)])
    assert code == cli.PUBLISHED
    book = openpyxl.load_workbook(plain)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" or str(cell.value).startswith(("=IF(AND(ISNUMBER(",)), (
                    sheet.title,
                    cell.coordinate,
                    cell.value,
                )
        _fill(sheet, attack)
        sheet.title = (sheet is book.worksheets[-1] and attack.text("sheet", most=31, without="[]:*?/\\'")) or sheet.title
    extra = book.create_sheet("Trang 9")
    for number in attack.numbers:
        extra.cell(number + 1, 1).value = f"Q{number}Zextra_sheetQ {UNFIT.sub('', PAYLOADS[number])}"
    path = folder / f"{attack.text('book_name', most=110, without='/')}.xlsx"
    book.save(path)
    return path


def _fill(sheet: Any, attack: Attack) -> None:
    marks = next((row for row in sheet.iter_rows(min_row=1, max_row=12) if row[0].value == "kpi-columns"), None)
    if marks is None:
        return
    at = {str(cell.value): cell.column for cell in marks if cell.value}
    sheet.cell(5, at["cumulative"]).value = attack.text("prepared_by")
    for row in range(1, sheet.max_row + 1):
        code = str(sheet.cell(row, 1).value or "")
        if not code.startswith("row|"):
            continue
        month = {LINES[0]: 14, LINES[1]: 8.4, LINES[2]: None}.get(code.split("|")[1])
        sheet.cell(row, at["month"]).value = month
        # The cell that is none stands in a row of its own: a fault holds its row, so the plan beside it would wait for ever.
        sheet.cell(row, at["cumulative"]).value = attack.text("bad_cell") if LINES[0] in code else 95.1 if LINES[2] in code else None
        sheet.cell(row, at["note"]).value = attack.text("book_note")
        if LINES[1] in code:
            sheet.cell(row, at["plan_adopted"]).value = 120
            sheet.cell(row, at["document"]).value = attack.text("book_document") + " ngày 1/9/2025"


def deliver(attack: Attack, folder: Path) -> None:
    """Send the files through `kpi ingest`, and answer for what waits under a hostile name."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (_tidy(attack, folder), _workbook(attack, folder)):
        code = cli.main(["ingest", str(path), "--unit", attack.unit, "--received", RECEIVED, f"--sender={attack.text('sender')}"])
        assert code in (cli.PUBLISHED, cli.WITH_WARNINGS, cli.REFUSED)
    for record in store.records(attack.unit):
        if record.kind == "delivery" and any(map(len, still_waiting(attack.unit, record))):
            try:
                confirm(attack.unit, record.number, by=attack.text("confirm_name"), reason=attack.text("confirm_reason"), on=day(RECEIVED))
            except KpiError as refusal:
                attack.refused.append(str(refusal))
    _take_back(attack, folder)


def _take_back(attack: Attack, folder: Path) -> None:
    """Send a table that is wrong, and withdraw it under a hostile name for a hostile reason."""
    path = folder / "nhầm.csv"
    row = {"indicator": LINES[0], "basis": "month", "period": "2025-09", "value": "11", "measure": "doanh nghiệp", "status": "ước"}
    _write(path, [{name: row.get(name, "") for name in _TIDY}])
    cli.main(["ingest", str(path), "--unit", attack.unit, "--received", RECEIVED])
    last = max(record.number for record in store.records(attack.unit) if record.kind == "delivery")
    withdraw(attack.unit, last, by=attack.text("withdraw_name"), reason=attack.text("withdraw_reason"), on=day(RECEIVED))
