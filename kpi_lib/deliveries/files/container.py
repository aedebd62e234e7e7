"""A look at a delivered file before anything parses it: what it is by its content, and whether it is safe to open."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from kpi_lib.deliveries.delivery import Fault, fault

LARGEST, LARGEST_UNPACKED, LARGEST_RATIO, SMALL_MEMBER = 20_000_000, 200_000_000, 100, 1_000_000
LAST_ROW, LAST_COLUMN = 200_000, 16_384  # no department's table is larger; a cell beyond asks for memory, not for reading
_FOREIGN = (
    (b"%PDF", "tệp PDF"),
    (b"\x89PNG", "tệp hình"),
    (b"\xff\xd8\xff", "tệp hình"),
    (b"\x80\x04\x95", "tệp pickle của Python"),
    (b"\x80\x03", "tệp pickle của Python"),
    (b"PAR1", "tệp Parquet"),
    (b"MZ", "tệp chương trình"),
    (b"\x7fELF", "tệp chương trình"),
    (b"Rar!", "tệp nén RAR"),
    (b"7z\xbc\xaf", "tệp nén 7z"),
    (b"\x1f\x8b", "tệp nén gzip"),
    (b"SQLite format 3", "tệp SQLite"),
)
_REFERENCE = re.compile(rb'<c\s[^>]*?r="([A-Z]{1,4})(\d{1,8})"')
_DIMENSION = re.compile(rb'<row\s[^>]*?r="(\d{1,9})"')
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')


def look(path: Path, name: str = "") -> tuple[str, tuple[Fault, ...]]:
    """The kind of a file (xlsx, xls, ods, csv; empty when refused) and what its container has to say.

    Reads at most the unpacked limit, parses nothing.
    """
    name = name or path.name
    size = path.stat().st_size
    if name.startswith("~$"):
        return "", (fault("file_kind", file=name, found="tệp khoá tạm của Excel (~$)", action="Đóng Excel rồi gửi tệp chính"),)
    if size == 0:
        return "", (fault("file_empty", file=name, found="tệp 0 byte"),)
    if size > LARGEST:
        return "", (fault("file_too_large", file=name, found=f"{size / 1e6:.1f} MB"),)
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        return _zip(path, name)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(path, name)
    for start, what in _FOREIGN:
        if head.startswith(start):
            return "", (fault("file_kind", file=name, found=what),)
    return _text(head, name)


def _text(head: bytes, name: str) -> tuple[str, tuple[Fault, ...]]:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<body", b"<style")):
        action = "Mở bằng Excel, chọn Lưu thành (Save As) › Excel Workbook (.xlsx), rồi gửi tệp đó"
        return "", (fault("file_kind", file=name, found="trang web (HTML/XML) mang đuôi của bảng tính", action=action),)
    if start.startswith(b"{") and b'"cells"' in head:
        return "", (fault("file_kind", file=name, found="sổ tay Jupyter"),)
    if start.startswith(b"{\\rtf"):
        return "", (fault("file_kind", file=name, found="văn bản RTF"),)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\0") > len(head) // 4
    if not wide and sum(byte < 9 or 13 < byte < 32 for byte in head) > len(head) // 50:
        return "", (fault("file_kind", file=name, found="dữ liệu nhị phân không rõ loại"),)
    return "csv", ()


def _ole(path: Path, name: str) -> tuple[str, tuple[Fault, ...]]:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "", (fault("file_encrypted", file=name, found="tệp có mật khẩu mở"),)
    if not any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        return "", (fault("file_kind", file=name, found="tệp Office cũ không phải bảng tính"),)
    macro = (fault("file_macro", file=name, found="có macro VBA"),) if "_VBA_PROJECT".encode("utf-16-le") in content else ()
    return "xls", macro


def _zip(path: Path, name: str) -> tuple[str, tuple[Fault, ...]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if refused := _members(members, name):
                return "", (refused,)
            kind = _kind_of({member.filename for member in members}, archive)
            if not kind:
                return "", (fault("file_kind", file=name, found="tệp nén (zip) không phải bảng tính"),)
            if refused := _contents(archive, members, name):
                return "", (refused,)
            macro = any(member.filename.lower().endswith("vbaproject.bin") for member in members)
            return kind, (fault("file_macro", file=name, found="có macro VBA"),) if macro else ()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if "encrypted" in str(error) or "password" in str(error):
            return "", (fault("file_encrypted", file=name, found="tệp nén có mật khẩu"),)
        return "", (fault("file_damaged", file=name, found="tệp nén không đọc được (tải về hoặc lưu chưa xong?)"),)
    except Exception as error:  # zlib.error and what a broken archive may raise besides
        return "", (fault("file_damaged", file=name, found=f"tệp nén hỏng ({type(error).__name__})"),)


def _members(members: list[zipfile.ZipInfo], name: str) -> Fault | None:
    """Sizes and names of an archive's members, as its directory states them."""
    if sum(member.file_size for member in members) > LARGEST_UNPACKED or len(members) > 10_000:
        return fault("file_too_large", file=name, found=f"giải nén ra {sum(m.file_size for m in members) / 1e6:.0f} MB")
    for member in members:
        if member.file_size > SMALL_MEMBER and member.file_size > LARGEST_RATIO * max(member.compress_size, 1):
            return fault(
                "file_too_large", file=name, found=f"phần {member.filename!r} nén {member.file_size // max(member.compress_size, 1)} lần"
            )
        parts = re.split(r"[\\/]", member.filename)
        if ".." in parts or member.filename.startswith(("/", "\\")) or ":" in parts[0]:
            return fault("file_hostile", file=name, found=f"đường dẫn lạ trong tệp: {member.filename!r}")
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        return fault("file_hostile", file=name, found="hai phần trùng tên trong tệp")
    return None


def _kind_of(names: set[str], archive: zipfile.ZipFile) -> str:
    if "xl/workbook.xml" in names or any(re.fullmatch(r"xl/workbook\d*\.xml", item) for item in names):
        return "xlsx"
    if "mimetype" in names and archive.read("mimetype").startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    return ""


def _contents(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str) -> Fault | None:
    """Every XML part, read in full and to its stated size only: declarations, cells beyond the bounds, repeats beyond reason."""
    for member in members:
        if not member.filename.endswith((".xml", ".rels", ".vml")):
            continue
        with archive.open(member) as part:
            content = part.read(member.file_size + 1)
        if len(content) > member.file_size:
            return fault("file_hostile", file=name, found=f"phần {member.filename!r} lớn hơn kích thước đã khai")
        plain = content.replace(b"\0", b"")
        if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
            return fault("file_hostile", file=name, found=f"khai báo DOCTYPE trong phần {member.filename!r}")
        if "worksheets/" in member.filename and (far := _far_cell(content)):
            return fault("file_hostile", file=name, found=f"ô {far} vượt giới hạn {LAST_ROW:,} dòng, {LAST_COLUMN:,} cột".replace(",", "."))
        if member.filename == "content.xml" and _too_many(content):
            return fault("file_hostile", file=name, found="vùng ô lặp lại vượt giới hạn")
    return None


def _far_cell(content: bytes) -> str:
    """A filled cell or row beyond the bounds, as the sheet names it."""
    for column, row in _REFERENCE.findall(content):
        if int(row) > LAST_ROW or _column(column) > LAST_COLUMN:
            return f"{column.decode()}{row.decode()}"
    rows = (int(row) for row in _DIMENSION.findall(content))
    return next((f"A{row}" for row in rows if row > 1_048_576), "")


def _column(letters: bytes) -> int:
    number = 0
    for char in letters:
        number = number * 26 + char - 64
    return number


def _too_many(content: bytes) -> bool:
    """Whether a repeat is beyond what a sheet can have (an empty tail of 1,048,576 rows is ordinary)."""
    return any(int(count) > 1_048_576 for count in _REPEATED.findall(content))
