"""The month a table reports on: where caption, sheet and file say it, never the day of a signature, an attachment or a document's number."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from kpi_lib.deliveries.tables.dates import BARE, SPOKEN, YEAR, number_said, year_said
from kpi_lib.periods import MONTHS, QUARTER

Month = tuple[int, int]  # year and month; 0 where it is not said
_GAP = r"[\s.…_]*"
_ATTACHED = re.compile(
    r"\(?\s*(?:ban hành\s+)?kèm theo[^\n)]*\)?|căn cứ[^\n]*|\btừ\s+tháng\s+(?:0?1|một|giêng)\b(?=[^\n]*\b(?:đến|tới)\b)"
    r"|\bso (?:sánh\s+)?(?:với|cùng)\b[^\n,;.)]*"  # what is compared with is not what is reported
    r"|theo (?:quyết định|nghị quyết|công văn|văn bản|thông báo|kế hoạch|báo cáo|thông tư|chỉ thị|tờ trình|qđ|nq|cv|tb|kh|bc|tt)\s*(?:số|ngày|\d)[^\n)]*"
)
_TO_DAY = re.compile(
    rf"(?:đến|hết|tới)\s+(?:hết\s+)?(?:ngày\s+)?(\d{{1,2}})(?:\s*[/.-]\s*|{_GAP}tháng{_GAP})(\d{{1,2}})(?:\s*[/.-]\s*|{_GAP}năm{_GAP})(\d{{4}})"
)
_DAY = re.compile(
    rf"ngày{_GAP}\d{{0,2}}{_GAP}tháng{_GAP}\d{{0,2}}{_GAP}năm{_GAP}\d{{0,4}}|\d{{1,2}}\s*[/.-]\s*\d{{1,2}}\s*[/.-]\s*\d{{4}}"
    r"|\b\d{1,2}\s+tháng\s+\d{1,2}\s*(?:/|năm)\s*\d{4}"
)
_AHEAD = re.compile(
    r"(?:phương hướng|dự kiến|(?:[,;–—-]|\bvà)\s*(?:một số\s+)?(?:nhiệm vụ|kế hoạch|chương trình|giải pháp|mục tiêu))[^\n]*"
)
_NAME_ALONE = re.compile(r"\bt\.?\s?(?P<n>\d{1,2})(?!\d)" + YEAR)
_ANY_YEAR = re.compile(r"(?<!\d)(?<!\d[/.-])(?:19|20)\d\d(?!\d|\s*[/.-]\s*\d)")


def month_in(text: str) -> Month | None:
    """The month a caption reports on; None where it says none, or two. The year is 0 where it is not said.

    What a clause plans for the month to come is not reported, nor is a day on which something was signed; a sum "to 30/9/2026" is.

    >>> month_in("Kết quả tháng 9, phương hướng nhiệm vụ tháng 10 năm 2026"), month_in("(Kèm theo báo cáo ngày 05 tháng 10 năm 2026)")
    ((2026, 9), None)
    """
    plain = _ATTACHED.sub(" ", unicodedata.normalize("NFC", text).lower())
    ends = {(int(y), int(m)) for d, m, y in _TO_DAY.findall(plain) if _last_day(int(y), int(m)) == int(d)}
    plain = _DAY.sub(" ", _TO_DAY.sub(" ", plain))
    own = _AHEAD.sub(" ", plain)
    return _one(own, list(_said(own)), ends) if own == plain else _before(own, plain, ends)


def month_of_name(name: str, *, sheet: bool = False) -> Month | None:
    """The month the name of a file or, shorter, of a sheet says.

    >>> month_of_name("bao-cao-thang-9-2026.xlsx"), month_of_name("BC T9", sheet=True), month_of_name("2018-09-28-Bieu-9.xlsx")
    ((2026, 9), (0, 9), None)
    """
    plain = unicodedata.normalize("NFC", name if sheet else Path(name).stem).lower().replace("_", " ")
    plain = re.sub(r"(?<=g)-(?=\d)", " ", plain)
    if sheet and (bare := BARE.fullmatch(plain.strip())):
        return _month(bare)
    found = list(_said(plain)) or ([(_month(item), "") for item in _NAME_ALONE.finditer(plain)] if sheet else [])
    return _one(plain, found, set())


def year_in(text: str) -> int:
    """The one year a caption names outside days and documents; 0 where it names none, or two."""
    plain = _ATTACHED.sub(" ", unicodedata.normalize("NFC", text).lower())
    years = {int(year) for year in _ANY_YEAR.findall(_DAY.sub(" ", plain))}
    return years.pop() if len(years) == 1 else 0


def differ(one: Month, other: Month) -> bool:
    """Whether two statements of a month contradict one another; a year that is not said contradicts none."""
    return one[1] != other[1] or (0 not in (one[0], other[0]) and one[0] != other[0])


def _said(text: str) -> Iterator[tuple[Month, str]]:
    """Every month a text names, and whether as an estimate."""
    for basis, pattern in SPOKEN:
        for found in pattern.finditer(text):
            yield _month(found, QUARTER if basis == "quarter" else 1), found.groupdict().get("ahead") or ""


def _month(found: re.Match[str], months: int = 1) -> Month:
    return year_said(found), months * number_said(found)


def _one(text: str, found: list[tuple[Month, str]], ends: set[Month]) -> Month | None:
    """The one month among those found; where there are two, the only one that is estimated."""
    months = {month for month, _ in found if 1 <= month[1] <= MONTHS} | ends
    numbers = {number for _, number in months}
    if len(numbers) > 1:
        numbers = {month[1] for month, ahead in found if ahead}
        months = {month for month in months if month[1] in numbers}
    years = {year for year, _ in months if year} or ({year} if (year := year_in(text)) else set())
    return (years.pop() if years else 0, numbers.pop()) if len(numbers) == 1 and len(years) < 2 else None


def _before(own: str, whole: str, ends: set[Month]) -> Month | None:
    """The month reported in a caption that also plans ahead: its year may stand only beside the month to come."""
    found = _one(own, list(_said(own)), ends)
    if found is None or found[0]:
        return found
    ahead = [month for month, _ in _said(whole) if month[0]]
    year = ahead[0][0] - (ahead[0][1] < found[1]) if len(ahead) == 1 else year_in(whole)
    return year, found[1]


def _last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1] if 1 <= month <= MONTHS else 0
