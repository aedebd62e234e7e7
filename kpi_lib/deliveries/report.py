"""One report of everything a delivery had wrong: where, what was found, what is expected, what to do. As text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_lib.deliveries.delivery import Fault, Severity
from kpi_lib.deliveries.intake import Receipt
from kpi_lib.words.html import macros

SEVERITIES: dict[Severity, tuple[str, str]] = {
    "refuse": ("✘", "Từ chối"),
    "confirm": ("?", "Chờ xác nhận"),
    "warn": ("!", "Cảnh báo"),
    "note": ("·", "Ghi chú"),
}


def summary(receipt: Receipt) -> str:
    """One line: what was taken over and what waits."""
    if receipt.repeated:
        return f"{receipt.file}: đã nhận trước đó (lần giao {receipt.number}); không thêm gì."
    taken = f"nhận {len(receipt.accepted)} số liệu" + (f", {len(receipt.plans)} kế hoạch" if receipt.plans else "")
    waiting = len(receipt.waiting) + len(receipt.waiting_plans)
    held = f"; {waiting} ô đang chờ" if waiting else ""
    verdict = "BỊ TỪ CHỐI, không nhận số liệu nào" if receipt.refused else taken
    return f"{receipt.file} (lần giao {receipt.number}, đọc theo {_reader(receipt.reader)}): {verdict}{held}."


def _reader(reader: str) -> str:
    return {"template": "biểu mẫu", "tidy": "bảng gọn", "none": "không nhận ra biểu nào"}.get(reader, f"công thức đọc “{reader}”")


def place(fault: Fault) -> str:
    """File, sheet and cell as staff look for them."""
    return " › ".join(
        part for part in (fault.file, f"trang “{fault.sheet}”" if fault.sheet else "", f"ô {fault.cell}" if fault.cell else "") if part
    )


def ordered(faults: Sequence[Fault]) -> list[Fault]:
    """What keeps figures back first, then by sheet and place; each fault once."""
    ranks = list(SEVERITIES)
    return sorted(dict.fromkeys(faults), key=lambda item: (ranks.index(item.severity), item.file, item.sheet, _position(item.cell)))


def _position(cell: str) -> tuple[int, str]:
    digits = "".join(char for char in cell if char.isdigit())
    return (int(digits) if digits else 0, cell)


def as_text(receipts: Sequence[Receipt]) -> str:
    """The report for the terminal and for a mail: every fault of every file in one text."""
    lines = []
    for receipt in receipts:
        lines.append(summary(receipt))
        for item in ordered(receipt.faults):
            mark, word = SEVERITIES[item.severity]
            lines.append(f"  {mark} {word} [{item.check}] {place(item)}")
            lines += [f"      thấy: {item.found}"] if item.found else []
            lines.append(f"      cần:  {item.expected}")
            lines += [f"      làm:  {item.action}"] if item.severity != "note" else []
    return "\n".join(lines)


def as_html(receipts: Sequence[Receipt]) -> str:
    """The report as the body of a page (`export.own_html` lets it through): a table a file, worst first."""
    return str(macros("deliveries/templates/report.html.j2").report(receipts, summary, ordered, place, SEVERITIES))
