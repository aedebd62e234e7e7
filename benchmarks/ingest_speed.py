"""Take 3,000 deliveries in, in one run: figures a second and memory, beside reading the same files with pandas alone.

.venv/bin/python benchmarks/ingest_speed.py [--deliveries 3000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import tempfile
import time
from pathlib import Path

import pandas as pd
import xlsxwriter

UNITS, LINES = 30, ("new_enterprises", "budget_revenue_growth", "public_investment_disbursement", "health_insurance_coverage")
TOML = """
level = "ward"
population = 60000
deadline_day = 31
name = {{vi = "Phường {0}", en = "Ward {0}"}}
publication_rule = {{vi = "như ghi", en = "as dated"}}
reports_to = {{vi = "Ban Thường vụ", en = "Standing Committee"}}
headline = ["new_enterprises"]
lines = ["new_enterprises", "budget_revenue_growth", "public_investment_disbursement", "health_insurance_coverage"]
"""


def write(path: Path, step: int, sums: dict[str, float]) -> None:
    """A department's report of one month, in the frame `report.toml` reads."""
    year, month = 2018 + step // 12, step % 12 + 1
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Báo cáo")
        sheet.write(0, 1, f"BÁO CÁO THÁNG {month} NĂM {year}")
        for column, text in enumerate(
            ("STT", "Chỉ tiêu", "ĐVT", f"Ước tháng {month} năm {year}", f"Luỹ kế {month} tháng năm {year}", "Ghi chú")
        ):
            sheet.write(2, column, text)
        rows = (
            ("Số doanh nghiệp thành lập mới", "doanh nghiệp", 7),
            ("Thu ngân sách nhà nước trên địa bàn", "tỷ đồng", 31.4),
            ("Vốn đầu tư công", "tỷ đồng", 9.2),
        )
        for number, (name, measure, size) in enumerate(rows):
            wobble = 1 + 0.02 * ((step * 31 + number * 7) % 9 - 4)
            value = round(size * (1 + 0.05 * (year - 2018)) * (1 + 0.1 * ((month * 7 + number) % 5)) * wobble, 1 if number else 0)
            sums[name] = round((sums.get(name, 0.0) if month > 1 else 0.0) + value, 1)
            for column, cell in enumerate((number + 1, name, measure, value, sums[name])):
                sheet.write(3 + number, column, cell)
        sheet.write_row(6, 0, [4, "Tỷ lệ bao phủ BHYT", "%", "", round(93 + 0.01 * (12 * (year - 2018) + month), 2)])


def main() -> None:
    """Make the files, take them in, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--deliveries", type=int, default=3000)
    each = parser.parse_args().deliveries // UNITS
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        os.environ["KPI_ROOT"] = str(root)
        from kpi_lib.deliveries.intake import ingest

        files: dict[str, list[Path]] = {}
        for number in range(UNITS):
            folder = root / "data" / "raw" / f"p{number:02d}"
            (folder / "deliveries").mkdir(parents=True)
            folder.joinpath("unit.toml").write_text(TOML.format(number), encoding="utf-8")
            sums: dict[str, float] = {}
            for step in range(each):
                year, month = 2018 + step // 12, step % 12 + 1
                path = root / f"p{number:02d}-{year}-{month:02d}.xlsx"
                write(path, step, sums)
                files.setdefault(folder.name, []).append(path)
        everything = [path for group in files.values() for path in group]
        began = time.perf_counter()
        for path in everything:
            pd.read_excel(path, header=None, engine="openpyxl")
        plain = time.perf_counter() - began
        began, accepted, waiting = time.perf_counter(), 0, 0
        for unit, group in files.items():
            for receipt in ingest(group, unit, received=dt.date(2027, 1, 31)):
                accepted += len(receipt.accepted)
                waiting += len(receipt.waiting)
        ours = time.perf_counter() - began
        own, children = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print(
            f"{len(everything)} deliveries, {accepted} figures accepted, {waiting} waiting: {ours:.0f} s, {accepted / ours:.0f} figures a second"
        )
        print(f"pandas.read_excel alone, no checks, no records: {plain:.0f} s; ratio {ours / plain:.1f}")
        print(f"memory: {own:.0f} MB here, {children:.0f} MB in the reading process")


if __name__ == "__main__":
    main()
