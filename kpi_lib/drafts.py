"""Draft paragraphs for the periodic report, in official Vietnamese: results, shortcomings, tasks; every number bound to its value.

Two skins differ in heading and signature: the People's Committee (Decree 30/2020/NĐ-CP) and the Party committee (Guidance 36-HD/VPTW).
The text is a draft for the officer to finish: causes and measures that figures cannot know are left as marked gaps.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kpi_lib import narrative as nr
from kpi_lib.frames import KpiError
from kpi_lib.indicators import GROUPS, Unit
from kpi_lib.outlook import GOOD, GREY, Outlook
from kpi_lib.together import how_many_sentence

SKINS = ("state", "party")
GAP = "[…đơn vị bổ sung…]"


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered heading and its paragraphs; a paragraph is a Sentence (numbers bound) or plain words."""

    heading: str
    paragraphs: tuple[nr.Sentence | str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A report to be finished: heading blocks as lines, title, sections, signature, recipients."""

    skin: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    place_and_day: str
    title: tuple[str, ...]
    sections: tuple[Section, ...]
    signature: tuple[str, ...]
    recipients: tuple[str, ...]
    mark: str

    @property
    def text(self) -> str:
        """The paragraphs as plain text, to be copied."""
        parts = ["\n".join(self.title)]
        for section in self.sections:
            parts += [section.heading, *(p if isinstance(p, str) else p.text for p in section.paragraphs)]
        return "\n".join(parts)

    @property
    def numbers(self) -> list[nr.Shown]:
        """Every number of the text with the value it is bound to."""
        return [n for section in self.sections for p in section.paragraphs if isinstance(p, nr.Sentence) for n in p.numbers]


def draft(items: Sequence[Outlook], unit: Unit, *, skin: str = "state") -> Draft:
    """The draft of a report on all lines of a unit.

    Raises
    ------
    KpiError : unknown skin, or no outlook.
    """
    if skin not in SKINS:
        raise KpiError(f"skin = {skin!r}: chỉ có {', '.join(SKINS)}.")
    if not items:
        raise KpiError(f"{unit.id}: chưa có chỉ tiêu nào để viết báo cáo.")
    as_of, year = items[0].projection.as_of, items[0].projection.year
    left, right, signature, recipients = _party(unit) if skin == "party" else _state(unit)
    title = ("BÁO CÁO", f"Kết quả thực hiện các chỉ tiêu năm {year} và dự báo cả năm", f"(số liệu tính đến ngày {nr.date_text(as_of)})")
    where = re.sub(r"^(Phường|Xã|Thị trấn|Tỉnh|Thành phố)\s+|\s*\(.*\)$", "", unit.name.vi)
    day = f"{where}, ngày {_two(as_of.day)} tháng {_two(as_of.month, 2)} năm {as_of.year}"
    return Draft(skin, left, right, day, title, _sections(list(items), unit), signature, recipients, unit.mark.vi if unit.mark else "")


def _two(number: int, below: int = 9) -> str:
    """Days under 10 and months 1 and 2 are written with a zero, as offices do."""
    return f"{number:02d}" if number <= below else str(number)


def _state(unit: Unit) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    left = ("ỦY BAN NHÂN DÂN", re.sub(r"\s*\(.*\)$", "", unit.name.vi).upper(), "Số:        /BC-UBND")
    right = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
    return (
        left,
        right,
        ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
        (f"- {unit.reports_to.vi} (báo cáo);", "- Hội đồng nhân dân (báo cáo);", "- Lưu: VT."),
    )


def _party(unit: Unit) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    bare = re.sub(r"\s*\(.*\)$", "", unit.name.vi).upper()
    above = ("ĐẢNG BỘ CẤP TRÊN TRỰC TIẾP", f"ĐẢNG ỦY {bare}", "*", "Số        -BC/ĐU")
    return above, ("ĐẢNG CỘNG SẢN VIỆT NAM",), ("T/M ĐẢNG ỦY", "BÍ THƯ"), (f"- {unit.reports_to.vi} (báo cáo),", "- Lưu Văn phòng Đảng ủy.")


def _sections(items: list[Outlook], unit: Unit) -> tuple[Section, ...]:
    danger = [item for item in items if item.judged and item.status not in GOOD]
    waiting = [item for item in items if item.status in GREY]
    return (
        Section("I. KẾT QUẢ THỰC HIỆN", (nr.answer(items), how_many_sentence(items), *_results(items))),
        Section("II. TỒN TẠI, NGUYÊN NHÂN", (*_shortcomings(danger, waiting), f"Nguyên nhân chủ quan, khách quan: {GAP}")),
        Section("III. NHIỆM VỤ THỜI GIAN TỚI", (*_tasks(danger, unit), f"Giải pháp trọng tâm: {GAP}")),
    )


def _results(items: list[Outlook]) -> list[nr.Sentence | str]:
    """Each group of the resolution with the sentences of its lines that have figures."""
    found: list[nr.Sentence | str] = []
    number = 0
    for group in dict.fromkeys(item.indicator.group for item in items):
        told = [item for item in items if item.indicator.group == group and item.projection.seen]
        if told:
            number += 1
            found += [f"{number}. {GROUPS[group].vi if group in GROUPS else group}", *(_plus(nr.outlook_sentence(item)) for item in told)]
    return found


def _plus(sentence: nr.Sentence) -> nr.Sentence:
    first = sentence.parts[0]
    return nr.Sentence(
        (f"- {first}" if isinstance(first, str) else "- ", *(sentence.parts[1:] if isinstance(first, str) else sentence.parts))
    )


def _shortcomings(danger: list[Outlook], waiting: list[Outlook]) -> list[nr.Sentence | str]:
    found: list[nr.Sentence | str] = []
    if danger:
        names = "; ".join(f"{item.indicator.short.vi} ({item.word.name.vi})" for item in danger)
        found.append(
            nr.Sentence(
                (nr.Shown("danger", len(danger), str(len(danger))), f" chỉ tiêu chưa chắc hoặc khó đạt nếu giữ nhịp hiện nay: {names}.")
            )
        )
    if waiting:
        names = "; ".join(item.indicator.short.vi for item in waiting)
        found.append(nr.Sentence((nr.Shown("grey", len(waiting), str(len(waiting))), f" chỉ tiêu chưa đủ cơ sở đánh giá: {names}.")))
    return found


def _tasks(danger: list[Outlook], unit: Unit) -> list[nr.Sentence | str]:
    """For each line in danger who must do how much by when."""
    found: list[nr.Sentence | str] = []
    for item in danger:
        need = nr.demand(item) or nr.people_missing(item, unit)
        head = f"- {item.indicator.short.vi} ({re.split('[;(]', item.indicator.duty.owner.vi)[0].strip()}): "
        found.append(nr.Sentence((head, *(need.parts if need else (f"{GAP}",)))))
    return found


def file_name(unit: Unit, as_of: dt.date, skin: str) -> str:
    """A plain name for the document."""
    return f"bao-cao-{unit.id}-{as_of}-{'dang' if skin == 'party' else 'ubnd'}.docx"
