"""Write docs/checks.md from the one table of checks.

.venv/bin/python benchmarks/checks_page.py
"""

from __future__ import annotations

from pathlib import Path

from kpi_lib.deliveries.delivery import checks
from kpi_lib.words.messages import Text

STAGES = {
    "container": "Tệp / file",
    "reading": "Đọc / reading",
    "layout": "Bố cục / layout",
    "number": "Số / numbers",
    "date": "Ngày, kỳ / dates",
    "meaning": "Ý nghĩa / meaning",
    "store": "Tiếp nhận / intake",
}
SEVERITIES = {"refuse": "từ chối", "confirm": "chờ xác nhận", "warn": "cảnh báo", "note": "ghi chú"}
HEAD = """# Các phép kiểm tra / The checks

Trang này được sinh từ `kpi_lib/deliveries/checks/checks.csv` (`benchmarks/checks_page.py`); một bảng vừa là mã vừa là tài liệu.
*Từ chối*: ô phải sửa rồi gửi lại. *Chờ xác nhận*: `kpi confirm` với tên và lý do. *Cảnh báo*, *ghi chú*: số vẫn được nhận.

This page is generated from the table the code reads. *Refuse*: mend and resend. *Confirm*: somebody answers for it by name.
"""


def main() -> None:
    """Write the page."""
    parts = [HEAD]
    for stage, title in STAGES.items():
        parts.append(f"\n## {title}\n\n| Tên / name | Mức | Phải đúng điều gì | Cách xử lý | Rule | Way out |\n|---|---|---|---|---|---|\n")
        parts += [
            f"| `{c.name}` | {SEVERITIES[c.severity]} | {Text(c.rule)['vi']} | {Text(c.way_out)['vi']} | {c.rule} | {c.way_out} |\n"
            for c in checks().values()
            if c.stage == stage
        ]
    (Path(__file__).resolve().parents[1] / "docs" / "checks.md").write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
