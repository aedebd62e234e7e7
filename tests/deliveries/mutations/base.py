"""The clean deliveries every mutation starts from: figures of September 2024, real history before, in three forms."""

from __future__ import annotations

import csv
import datetime as dt
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import xlsxwriter
from conftest import PROJECT

from kpi_lib.definitions.indicators import read_unit
from kpi_lib.definitions.targets import read_plans
from kpi_lib.deliveries.tables.template import write_template
from kpi_lib.figures.observations import read_observations
from tests.deliveries.template_tools import fill

UNIT, RECEIVED = "thu-nghiem", dt.date(2024, 9, 25)
INVESTMENT, ENTERPRISES, REVENUE, INSURANCE = (
    "public_investment_disbursement",
    "new_enterprises",
    "budget_revenue_growth",
    "health_insurance_coverage",
)
LINES = (INVESTMENT, ENTERPRISES, REVENUE, INSURANCE, "gross_product_growth", "new_jobs")
TOML = f"""
level = "province"
population = 1313000
deadline_day = 25
name = {{vi = "Tỉnh Quảng Ninh", en = "Quảng Ninh province"}}
publication_rule = {{vi = "ngày ghi trong nguồn", en = "as dated in the source"}}
reports_to = {{vi = "Ban Thường vụ", en = "Standing Committee"}}
headline = ["{INVESTMENT}"]
lines = {list(LINES)!r}
"""
HISTORY_MONTHS = [f"{year}-{month:02d}" for year in (2021, 2022, 2023, 2024) for month in range(1, 13) if (year, month) < (2024, 9)]


@dataclass
class Base:
    """The clean files, and the folder they lie in."""

    folder: Path
    template: Path
    tidy: Path
    declared: Path


def season(month: int) -> float:
    """A plausible shape of the year, so that no two months are alike."""
    return (0.74, 0.62, 0.93, 1.02, 0.98, 1.06, 1.1, 1.05, 1.0, 1.08, 1.12, 1.3)[month - 1]


def amounts(start: float, growth: float, decimals: int) -> dict[str, float]:
    """A made monthly history with season, growth and a little unevenness."""
    found = {}
    for number, period in enumerate(HISTORY_MONTHS):
        wobble = 1 + 0.04 * ((number * 7919) % 11 - 5) / 5
        found[period] = round(start * (1 + growth) ** (number / 12) * season(int(period[5:])) * wobble, decimals)
    return found


def history() -> list[dict[str, object]]:
    """Figures known before the delivery, as actual figures of the next month."""
    rows: list[dict[str, object]] = []
    made = {
        INVESTMENT: (amounts(880, 0.02, 1), "tỷ đồng"),
        ENTERPRISES: (amounts(170, 0.05, 0), "doanh nghiệp"),
        REVENUE: (amounts(3900, 0.05, 1), "tỷ đồng"),
    }
    for key, (values, measure) in made.items():
        for period, value in values.items():
            year, month = int(period[:4]), int(period[5:])
            known = dt.date(year + month // 12, month % 12 + 1, 6)
            rows.append(
                {
                    "indicator": key,
                    "basis": "month",
                    "period": period,
                    "value": value,
                    "measure": measure,
                    "status": "actual",
                    "published": known,
                    "source": "thử",
                }
            )
    for number, period in enumerate(HISTORY_MONTHS):
        end = (
            dt.date(int(period[:4]), int(period[5:]) % 12 + 1, 1) - dt.timedelta(days=1)
            if period[5:] != "12"
            else dt.date(int(period[:4]), 12, 31)
        )
        rows.append(
            {
                "indicator": INSURANCE,
                "basis": "level",
                "period": end,
                "value": round(93 + 0.055 * number + 0.1 * (number % 3), 2),
                "measure": "%",
                "status": "actual",
                "published": end + dt.timedelta(days=6),
                "source": "thử",
            }
        )
    return rows


def clean_values() -> dict[tuple[str, str, str, str], float]:
    """September's clean figures, made to follow the history: sums are sums."""
    made = {INVESTMENT: amounts(880, 0.02, 1), ENTERPRISES: amounts(170, 0.05, 0), REVENUE: amounts(3900, 0.05, 1)}
    found: dict[tuple[str, str, str, str], float] = {}
    for key, month, decimals in ((INVESTMENT, 961.4, 1), (ENTERPRISES, 204.0, 0), (REVENUE, 4702.5, 1)):
        before = sum(value for period, value in made[key].items() if period[:4] == "2024")
        found[key, "total", "month", "2024-09"] = month
        found[key, "total", "cumulative", "2024-09-30"] = round(before + month, decimals)
    found[INSURANCE, "total", "level", "2024-09-30"] = 95.7
    return found


def make_root(root: Path, toml: str, *, history: list[dict[str, object]]) -> None:
    """A project folder with the unit and what was known of it before."""
    folder = root / "data" / "raw" / UNIT
    (folder / "deliveries").mkdir(parents=True)
    folder.joinpath("unit.toml").write_text(toml.replace("'", '"'), encoding="utf-8")
    with (folder / "deliveries" / "lich_su.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["indicator", "basis", "period", "value", "measure", "status", "published", "source"])
        writer.writeheader()
        writer.writerows(history)
    plans = f"indicator,year,value,measure,version,document,adopted,source\n{INVESTMENT},2024,12000,tỷ đồng,assigned,QĐ 1,2023-12-20,thử\n"
    folder.joinpath("plans.csv").write_text(plans, encoding="utf-8")
    shutil.copytree(PROJECT / "data" / "raw" / "reference", root / "data" / "raw" / "reference")


def template_of(path: Path, values: dict[tuple[str, str, str, str], float]) -> Path:
    """The clean template delivery."""
    unit = read_unit(UNIT)
    write_template(unit, 2024, path, month=9, obs=read_observations(UNIT), plans=read_plans(UNIT), as_of=RECEIVED)
    cells: dict[tuple[str, str], dict[object, object]] = {}
    for (key, series, basis, _), value in values.items():
        cells.setdefault((key, series), {})["month" if basis == "month" else "cumulative"] = value
    return fill(path, cells, prepared=RECEIVED)  # type: ignore[arg-type]


def tidy_of(path: Path, values: dict[tuple[str, str, str, str], float]) -> Path:
    """The clean tidy CSV delivery."""
    unit = read_unit(UNIT)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Chỉ tiêu", "Cách tính", "Kỳ", "Giá trị", "ĐVT", "Loại số", "Ghi chú"])
        words = {"month": "tháng", "cumulative": "luỹ kế", "level": "mức"}
        for (key, _, basis, period), value in values.items():
            ind = unit.indicators[key]
            when = period if basis == "month" else "/".join(reversed(period.split("-")))
            writer.writerow(
                [
                    ind.name["vi"],
                    words[basis],
                    when,
                    f"{value:.1f}".replace(".", ","),
                    ind.flow_measure["vi"] or ind.measure["vi"],
                    "ước",
                    "số ước tháng 9",
                ]
            )
    return path


HEADINGS = ("STT", "Chỉ tiêu", "ĐVT", "Kế hoạch năm 2024", "Ước tháng 9 năm 2024", "Luỹ kế 9 tháng năm 2024", "% KH", "Ghi chú")


def declared_of(path: Path, values: dict[tuple[str, str, str, str], float]) -> Path:
    """The clean report of a department in its own workbook."""
    unit = read_unit(UNIT)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Bao cao T9")
        sheet.write_string(0, 0, "UỶ BAN NHÂN DÂN")
        sheet.write_string(1, 1, "BÁO CÁO KẾT QUẢ THỰC HIỆN THÁNG 9 NĂM 2024")
        sheet.write_string(2, 6, "Số liệu ước đến 25/9")
        for column, text in enumerate(HEADINGS):
            sheet.write_string(4, column, text)
        for number, key in enumerate((INVESTMENT, ENTERPRISES, REVENUE, INSURANCE)):
            ind = unit.indicators[key]
            row = 5 + number
            sheet.write_number(row, 0, number + 1)
            sheet.write_string(row, 1, ind.flow_name["vi"].capitalize() if ind.flow_name["vi"] else ind.name["vi"])
            sheet.write_string(row, 2, ind.flow_measure["vi"] or ind.measure["vi"])
            for (k, _, basis, _), value in values.items():
                if k == key:
                    sheet.write_number(row, 4 if basis == "month" else 5, value)
            if key == INVESTMENT:
                sheet.write_number(row, 3, 12000)
                sheet.write_number(row, 6, round(values[key, "total", "cumulative", "2024-09-30"] / 120, 1))
        sheet.write_string(12, 1, "Người lập biểu")
    return path


def make_base(root: Path, toml: str = TOML, *, past: bool = True) -> Base:
    """The project folder and the clean deliveries, of a unit with a history or without any figure."""
    make_root(root, toml, history=history() if past else [])
    os.environ["KPI_ROOT"] = str(root)
    folder = root / "sach"
    folder.mkdir()
    values = clean_values()
    return Base(
        folder, template_of(folder / "bieu.xlsx", values), tidy_of(folder / "so.csv", values), declared_of(folder / "bao-cao.xlsx", values)
    )


def copy_of(path: Path, folder: Path, name: str = "") -> Path:
    """A copy to spoil."""
    return Path(shutil.copy(path, folder / (name or path.name)))


def edit(path: Path, folder: Path, change: object, name: str = "") -> list[Path]:
    """Open a copy with openpyxl, let `change(book)` spoil it, save."""
    target = copy_of(path, folder, name)
    book = openpyxl.load_workbook(target)
    change(book)  # type: ignore[operator]
    book.save(target)
    return [target]
