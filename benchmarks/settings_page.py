"""Write docs/settings.md, the data dictionary of all that is written by hand about a unit, from the rules and tables that the code reads.

.venv/bin/python benchmarks/settings_page.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kpi_lib.definitions import frames, settings
from kpi_lib.definitions.columns import Table
from kpi_lib.definitions.kinds import KINDS

UNIT = {
    "name": ("tên đơn vị, như in trên trang", "name of the unit as pages print it"),
    "level": ("cấp; thể thức văn bản theo cấp này", "level; the forms of documents follow it"),
    "parent": ("thư mục của đơn vị cấp trên", "folder of the unit above"),
    "population": ("dân số; đổi tỷ lệ dân số ra số người", "residents; turns shares of all residents into persons"),
    "population_note": ("nguồn và ngày của dân số", "source and day of the population"),
    "illustrative": ("số liệu minh họa: mọi trang ghi rõ", "made-up figures: every page says so"),
    "headline": ("mục tiêu chính, đứng đầu mọi trang", "the main targets, first on every page"),
    "lines": ("các dòng theo dõi, theo thứ tự trong bảng", "the lines that are tracked, in the order of the tables"),
    "publication_rule": ("quy tắc cho số không ghi ngày công bố", "the rule for figures without a day of their own"),
    "reports_to": ("báo cáo gửi cơ quan nào", "to whom the report goes"),
    "place": ("địa danh trước ngày của văn bản, nếu khác tên", "place before a document's date, where the name will not do"),
    "deadline_day": ("ngày trong tháng phải giao số liệu", "day of the month by which figures are due"),
    "deadline_next_month": ("ngày đó thuộc tháng sau", "that day is of the next month"),
    "deadline_document": ("văn bản quy định ngày giao; không ghi thì không ai bị coi là chậm", "document that sets the day; without it nobody is late"),
    "language": ("tiếng của cơ quan: trang, lời báo, biểu mẫu", "language of the office: pages, console, forms"),
    "year_starts": ("tháng đầu của năm (7: năm tài khóa từ tháng 7)", "first month of the year (7: a fiscal year from July)"),
    "month_closes": ("tháng khóa số ngày nào (31: cuối tháng)", "day on which a month closes (31: its last)"),
    "numbered": (
        "đơn vị theo chính nghị quyết mà danh mục viết cho (số thứ tự, lời văn, nguồn, cơ quan); false: bỏ những điều đó",
        "the unit follows the resolution that the catalogue was written for (numbers, wording, sources, offices); false: these fall away",
    ),
    "time_zone": ("múi giờ cho lịch chạy tự động", "time zone of scheduled runs"),
    "report_after": ("báo cáo quý chạy bao nhiêu ngày sau khi hết quý", "days after a quarter's end on which its report runs"),
    "illustrative_wards": ("số xã, phường minh họa được tạo ra, và hạt giống", "how many illustrative wards are made, and from which seed"),
}  # fmt: skip
LINE = {
    "id": ("mã: chữ thường, số, gạch dưới", "id: small letters, digits, underscore"),
    "number": ("số thứ tự trong văn bản", "its number in the document"),
    "clause": ("mục, điều của văn bản", "clause of the document"),
    "name": ("tên đầy đủ", "full name"),
    "short": ("tên ngắn; bỏ thì lấy tên đầy đủ", "short name; by default the full one"),
    "measure": ("đơn vị tính của chỉ tiêu", "unit of measure of the indicator"),
    "kind": ("số cả năm có được như thế nào (bảng dưới)", "how a year's value comes about (table below)"),
    "frequency": ("kỳ có số; mặc định: tháng", "how often figures come; by default monthly"),
    "direction": ("cao hơn hay thấp hơn là tốt", "whether higher or lower is good"),
    "decimals": ("số chữ số thập phân khi in", "decimals in print"),
    "wording": ("nguyên văn trong văn bản", "the document's own words"),
    "definition": ("tính như thế nào, gồm những gì", "how it is counted, and what it includes"),
    "cut_off": ("số chốt ngày nào", "the day at which figures are cut"),
    "source": ("nguồn của định nghĩa", "source of the definition"),
    "flow_name": ("tên số cộng dồn phía sau một tốc độ hay tỷ lệ", "name of the amounts behind a rate"),
    "flow_measure": ("đơn vị tính của số cộng dồn đó", "unit of measure of those amounts"),
    "flow_decimals": ("số chữ số thập phân của số cộng dồn", "decimals of those amounts"),
    "lower": ("giới hạn dưới tự nhiên", "natural lower limit"),
    "upper": ("giới hạn trên tự nhiên", "natural upper limit"),
    "whole": ("chỉ nhận số nguyên", "whole numbers only"),
    "lag_days": ("số ngày sau kỳ thì có số", "days after its period on which a figure comes"),
    "stale_after_days": ("sau bao nhiêu ngày thì số bị coi là cũ", "days after which a figure is stale"),
    "typical_change": ("mức thay đổi mà một nửa số năm vượt qua, khi chưa có chuỗi riêng", "change that half of the years exceed, before its own figures speak"),
    "denominator": ("mẫu số của tỷ lệ", "what a share is of"),
    "questions": ("câu hỏi chỉ đơn vị trả lời được về dòng này", "questions about this line that only the unit can answer"),
    "per_population": ("mẫu số là toàn bộ dân số", "the share is of all residents"),
    "year_starts": ("tháng đầu của năm của riêng dòng này (năm học: 9)", "first month of this line's own year (school year: 9)"),
    "month_closes": ("ngày khóa số của riêng dòng này", "day on which this line's months close"),
}  # fmt: skip
DUTY = {
    "owner": ("nơi cung cấp số liệu", "who hands in the figures"),
    "task": ("việc phải làm", "the task"),
    "due": ("thời hạn", "by when"),
    "result": ("kết quả phải có", "the result that is due"),
    "responsibility": ("ai chịu trách nhiệm", "who is responsible"),
    "product": ("sản phẩm", "the product"),
    "result_owner": ("ai có thể thay đổi kết quả: chỉ nơi này được đề nghị quyết định", "who can change the outcome: the only one asked to decide"),
}  # fmt: skip
HEAD = """# Từ điển các thiết lập / Data dictionary of the settings

Trang này được sinh từ các quy tắc và bảng mà mã đọc (`benchmarks/settings_page.py`). Sau mỗi lần sửa: `kpi check --unit <đơn vị>`, mọi lỗi nêu một lần, kèm tệp, khóa và giá trị gần đúng.

This page is made from the rules and tables that the code reads. After every change: `kpi check --unit <unit>`, which tells all faults at once, with file, key and the nearest known word.
"""
NEEDED = " is needed"
TABLE = "\n| Khóa / key | Nghĩa | Meaning | Giá trị / value |\n|---|---|---|---|\n"


def page() -> str:
    """The whole page."""
    return "".join((HEAD, *_unit(), *_line(), *_kinds(), *_tables()))


def _keys(rules: Mapping[str, settings.Rule], meanings: Mapping[str, tuple[str, str]], needed: tuple[str, ...]) -> Iterator[str]:
    for key, rule in rules.items():
        words = rule(object())
        asked = words["en"].partition("one of these is needed: ") if words else ("", "", "")
        must = " **(needed)**" if key in needed else ""
        yield f"| `{key}`{must} | {meanings[key][0]} | {meanings[key][1]} | {_plain(asked[2] or asked[0].replace(' is needed', ''))} |\n"


def _plain(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


def _unit() -> Iterator[str]:
    yield "\n## `unit.toml`\n" + TABLE
    yield from _keys(settings.UNIT, UNIT, settings.NEEDED)
    yield (
        "\nNgoài ra / besides: `[reference]` (chỉ tiêu = tên tệp trong `data/raw/reference` / line = name of a file there), `[[boundary_event]]` (`date`, `vi`, `en`, `document`, `source`:"
        " mốc đổi địa giới / change of territory), `[override.<id>]` (đổi một vài khóa của dòng trong danh mục / changes single keys of a line of the catalogue).\n"
    )


def _line() -> Iterator[str]:
    yield "\n## Dòng riêng / an own line: `[[indicator]]`\n" + TABLE
    yield from _keys(settings.LINE, LINE, settings.NEEDED_OF_LINE)
    yield "\n`[indicator.duty]`:\n\n| Khóa / key | Nghĩa | Meaning |\n|---|---|---|\n"
    yield from (f"| `{key}` | {DUTY[key][0]} | {DUTY[key][1]} |\n" for key in settings.DUTY)
    yield f'\n`notes = [{{ known = 2025-11-06, text = "..." }}]`; `group`; `{settings.REPLACES} = true`; `{settings.EXCEPTION} = {{ known = 2026-02-10, text = "..." }}`: vì sao khác dòng cùng mã của đơn vị cấp trên / why it differs from the line of this id of the unit above. Dòng đơn vị cấp trên đã định nghĩa: chỉ cần nêu trong `lines` / a line that a unit above defines: name it in `lines` ([hierarchy.md](hierarchy.md)).\n'


def _kinds() -> Iterator[str]:
    yield "\n### Loại / kinds\n\n| `kind` | Nghĩa | Meaning |\n|---|---|---|\n"
    yield from (f"| `{kind.id}` | {kind.told['vi']} | {kind.told['en']} |\n" for kind in KINDS.values())


def _tables() -> Iterator[str]:
    for name, table in sorted(vars(frames).items()):
        if isinstance(table, Table) and name not in INNER:
            key = ", ".join(f"`{each}`" for each in table.key)
            yield f"\n## Bảng / table `{table.name}`\n\nMỗi dòng duy nhất theo / a row is unique by: {key}.\n\n| Cột / column | Loại / type | Meaning |\n|---|---|---|\n"
            yield from (
                f"| `{column.name}`{' **(needed)**' if column.needed and column.default is None else ''} | {_type(column)} | {column.meaning} |\n"
                for column in table.columns
            )


INNER = {"ACCEPTED", "OBSERVATIONS", "ERRORS", "LEDGER"}  # written by the library alone


def _type(column: Any) -> str:
    return ", ".join(f"`{word}`" for word in column.words) if column.words else column.kind


def main() -> None:
    """Write the page."""
    (Path(__file__).resolve().parents[1] / "docs" / "settings.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
