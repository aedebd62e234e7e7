"""The `kpi` command."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from kpi_lib.periods import MONTHS
from kpi_lib.words.messages import languages

if TYPE_CHECKING:
    from kpi_lib.deliveries.intake import Receipt

PUBLISHED, WITH_WARNINGS, REFUSED, NOTHING, ENVIRONMENT, INTERNAL, RUNNING = 0, 10, 20, 30, 50, 60, 75
DEFAULT_UNIT, DEFAULT_AS_OF = "quang-ninh", "2025-10-15"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kpi", description="Có đạt mục tiêu năm không, chắc đến đâu, cần gì? / Will we meet this year's targets?"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="lệnh")
    run = commands.add_parser("run", help="đọc số liệu, dự báo, chạy sổ tay, xuất trang, ghi sổ / publish a report")
    run.add_argument("--unit", default=DEFAULT_UNIT, help="thư mục trong data/raw (mặc định %(default)s)")
    run.add_argument(
        "--as-of",
        default=None,
        metavar="NGÀY",
        help=f"bỏ qua số công bố sau ngày này, dạng 2025-10-15 hoặc today (mặc định {DEFAULT_AS_OF} cho {DEFAULT_UNIT}, hôm nay cho đơn vị khác)",
    )
    run.add_argument("--year", type=int, default=None, help="năm được đánh giá (mặc định: năm của ngày; trong tháng 1 là năm trước)")
    run.add_argument("--lang", default=None, choices=languages(), help="ngôn ngữ của trang (mặc định: của đơn vị)")
    run.add_argument("--engine", default=None, choices=("fork", "kernel"), help="cách chạy sổ tay (mặc định: nhanh nhất máy có)")
    run.add_argument("--pictures-only", action="store_true", help="trang chỉ có hình, không tương tác (nhẹ hơn, gửi thư được)")
    run.add_argument("--override", default="", metavar="HỌ_TÊN", help="công bố dù có con số chưa khớp; tên này được ghi ở cuối mỗi trang")
    commands.add_parser("units", help="liệt kê các đơn vị / list the units")
    check = commands.add_parser("check", help="chỉ kiểm tra số liệu đã giao của một đơn vị / check what was delivered")
    check.add_argument("--unit", default=DEFAULT_UNIT)
    _add_deliveries(commands)
    commands.add_parser("certify", help="tính lại các con số mẫu của R, Stata và các công thức đóng / reach the reference figures again")
    lab = commands.add_parser("lab", help="mở JupyterLab tại các sổ tay / open JupyterLab at the notebooks")
    lab.add_argument("arguments", nargs=argparse.REMAINDER, help="chuyển tiếp cho jupyter lab")
    return parser


def _add_deliveries(commands: argparse._SubParsersAction) -> None:
    """The commands for figures as departments send them."""
    template = commands.add_parser("template", help="tạo biểu mẫu Excel cho các đầu mối điền / the workbook departments fill in")
    template.add_argument("--unit", default=DEFAULT_UNIT)
    template.add_argument("--year", type=int, default=None, help="năm của biểu (mặc định: năm nay)")
    template.add_argument(
        "--month", type=int, default=None, choices=range(1, MONTHS + 1), metavar="THÁNG", help="tháng báo cáo (mặc định: tháng này)"
    )
    template.add_argument("--as-of", default=None, metavar="NGÀY", help="điền sẵn số đã biết đến ngày này (mặc định: hôm nay)")
    template.add_argument("--out", default=None, metavar="TỆP", help="tệp .xlsx sẽ ghi (mặc định: trong thư mục hiện tại)")
    ingest = commands.add_parser("ingest", help="nhận tệp số liệu đã giao: biểu mẫu, CSV, biểu của ngành / take delivered files in")
    ingest.add_argument("files", nargs="+", metavar="TỆP")
    ingest.add_argument("--unit", default=DEFAULT_UNIT)
    ingest.add_argument("--received", default=None, metavar="NGÀY", help="ngày nhận, dạng 2025-10-15 (mặc định: hôm nay)")
    ingest.add_argument("--sender", default="", help="ai gửi")
    waiting = commands.add_parser("waiting", help="số liệu đang chờ sửa hoặc chờ xác nhận / figures that wait")
    waiting.add_argument("--unit", default=DEFAULT_UNIT)
    share = commands.add_parser("share", help="đóng gói một báo cáo để gửi / pack a report to send")
    share.add_argument("--unit", default=DEFAULT_UNIT)
    share.add_argument("--as-of", required=True, metavar="NGÀY", help="ngày của báo cáo đã công bố")
    share.add_argument("--one-file", action="store_true", help="một tệp HTML duy nhất chứa mọi trang / one HTML file with every page")
    share.add_argument("--out", default=None, metavar="TỆP", help="tệp .zip sẽ ghi (mặc định: cạnh các báo cáo)")
    draft = commands.add_parser("draft", help="dự thảo báo cáo dạng Word / a draft report for Word")
    draft.add_argument("--unit", default=DEFAULT_UNIT)
    draft.add_argument("--as-of", required=True, metavar="NGÀY")
    draft.add_argument("--year", type=int, default=None)
    draft.add_argument(
        "--skin", default="state", choices=("state", "party"), help="thể thức: state (UBND, NĐ 30/2020) hoặc party (cấp ủy, HD 36)"
    )
    draft.add_argument("--out", default=None, metavar="TỆP", help="tệp .docx sẽ ghi (mặc định: trong thư mục hiện tại)")
    confirm = commands.add_parser("confirm", help="xác nhận số liệu đang chờ, ghi tên và lý do / answer for figures that wait")
    confirm.add_argument("number", type=int, metavar="LẦN_GIAO", help="số của lần giao (xem: kpi waiting)")
    confirm.add_argument("cells", nargs="*", metavar="TRANG!Ô", help="để trống: mọi ô chỉ còn chờ xác nhận")
    confirm.add_argument("--unit", default=DEFAULT_UNIT)
    confirm.add_argument("--name", required=True, help="người chịu trách nhiệm")
    confirm.add_argument("--reason", required=True, help="lý do")
    confirm.add_argument("--on", default=None, metavar="NGÀY", help="ngày xác nhận (mặc định: hôm nay)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code says which class of end it was.

    0 published, 10 published with warnings, 20 input refused, 30 nothing to report on, 50 environment (disk, memory, rights),
    60 internal fault, 75 already running.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["lab"]:
        given.insert(1, "--")  # argparse would take Jupyter's options for its own
    options = _parser().parse_args(given)
    return _guarded(globals()[f"_{options.command}"], options)


def _guarded(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    from kpi_lib.definitions.frames import KpiError

    try:
        return command(options)
    except KpiError as error:
        kind = type(error).__name__
        code = {"Busy": RUNNING, "NothingToReport": NOTHING}.get(kind, REFUSED)
        print(
            f"\n{'Không có gì để báo cáo' if code == NOTHING else 'Không chạy được' if code == RUNNING else 'Bị từ chối'}: {error[_language(options)]}",
            file=sys.stderr,
        )
        return code
    except (OSError, MemoryError) as error:
        print(f"\nLỗi môi trường (đĩa, bộ nhớ, quyền ghi): {error}. Không có gì được công bố.", file=sys.stderr)
        return ENVIRONMENT
    except KeyboardInterrupt:
        print("\nĐã dừng theo yêu cầu. Không có gì được công bố.", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("KPI_DEBUG"):
            raise
        print(
            f"\nLỗi bên trong: {type(error).__name__}: {error}. Không có gì được công bố. Đặt KPI_DEBUG=1 rồi chạy lại để xem chi tiết.",
            file=sys.stderr,
        )
        return INTERNAL


def _language(options: argparse.Namespace) -> str:
    """The language asked for, else that of the unit's office, else the first there is."""
    from kpi_lib.definitions.indicators import read_unit

    if asked := getattr(options, "lang", None):
        return str(asked)
    with suppress(Exception):  # an error is being told: a unit that cannot be read must not hide it
        return read_unit(options.unit).lang
    return "vi"


def _today() -> dt.date:
    """The one place that asks the clock."""
    return dt.date.today()


def _run(options: argparse.Namespace) -> int:
    from kpi_lib.reports.publish import publish

    _take_dropped(options.unit)
    given = str(_today()) if options.as_of == "today" else options.as_of
    as_of = given or (DEFAULT_AS_OF if options.unit == DEFAULT_UNIT else str(_today()))
    publication = publish(
        options.unit,
        as_of,
        year=options.year,
        lang=_language(options),
        engine=options.engine,
        interactive=not options.pictures_only,
        override=options.override.strip(),
        progress=_progress,
    )
    print(f"\n{publication.answer}")
    for warning in publication.warnings:
        print(f"  ! {warning}")
    print(f"Đã công bố {len(publication.pages)} trang. Mở: {publication.pages[0]}")
    print(
        f"Sổ ghi: {'thêm một vòng' if publication.new_round else 'không đổi (vòng này đã ghi)'}. Tất cả báo cáo: {publication.folder.parent / 'index.html'}"
    )
    return WITH_WARNINGS if publication.warnings else PUBLISHED


def _take_dropped(unit_id: str) -> None:
    """First step of a run: workbooks somebody put into the unit's `deliveries` folder are taken in, as received today."""
    from kpi_lib.deliveries.intake import dropped, ingest
    from kpi_lib.reports.lock import only_run

    with only_run(unit_id):
        paths = dropped(unit_id)
        receipts = ingest(paths, unit_id, received=_today()) if paths else []
    if receipts:
        _told(receipts, unit_id)


def _template(options: argparse.Namespace) -> int:
    from pathlib import Path

    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.definitions.targets import read_plans
    from kpi_lib.deliveries.tables.template import template_name, write_template
    from kpi_lib.figures.observations import read_observations

    as_of = day(options.as_of) if options.as_of else _today()
    unit, year, month = read_unit(options.unit), options.year or as_of.year, options.month or as_of.month
    path = Path(options.out or template_name(unit, year, month))
    obs = read_observations(unit.id, as_of=as_of)
    write_template(unit, year, path, month=month, obs=obs, plans=read_plans(unit.id), as_of=as_of)
    print(f"Đã tạo biểu mẫu: {path}. Gửi các đầu mối điền; nhận lại bằng: kpi ingest {path} --unit {unit.id}")
    return PUBLISHED


def _ingest(options: argparse.Namespace) -> int:
    from pathlib import Path

    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.intake import ingest
    from kpi_lib.reports.lock import only_run

    received = day(options.received) if options.received else _today()
    with only_run(options.unit):
        receipts = ingest([Path(name) for name in options.files], options.unit, received=received, sender=options.sender)
    return _told(receipts, options.unit)


def _told(receipts: Sequence[Receipt], unit_id: str) -> int:
    """Print the report of all faults, keep it as a page, and say by the exit code how it went."""
    from kpi_lib.deliveries.report import as_text
    from kpi_lib.reports.archive import write_delivery_report

    print(as_text(receipts))
    page = write_delivery_report(receipts, unit_id)
    print(f"Biên bản tiếp nhận: {page}")
    waiting = any(receipt.waiting or receipt.waiting_plans for receipt in receipts)
    if waiting:
        print(f"Có số liệu đang chờ: kpi waiting --unit {unit_id}")
    if receipts and all(receipt.refused for receipt in receipts):
        return REFUSED
    faults = [item for receipt in receipts for item in receipt.faults if item.severity != "note"]
    return WITH_WARNINGS if faults else PUBLISHED


def _share(options: argparse.Namespace) -> int:
    from pathlib import Path

    from kpi_lib.reports.share import one_file, zip_report

    target = Path(options.out) if options.out else None
    if options.one_file:
        made = one_file(options.unit, options.as_of, target=target)
        print(f"Một tệp duy nhất: {made} ({made.stat().st_size / 1e6:.1f} MB). Mở bằng trình duyệt bất kỳ, không cần mạng.")
        return PUBLISHED
    packed = zip_report(options.unit, options.as_of, target=target)
    print(f"Đã đóng gói: {packed} ({packed.stat().st_size / 1e6:.1f} MB). Người nhận giải nén rồi mở index.html.")
    return PUBLISHED


def _draft(options: argparse.Namespace) -> int:
    from pathlib import Path

    from kpi_lib.definitions.indicators import day, read_unit
    from kpi_lib.figures.observations import read_observations
    from kpi_lib.outlook.verdict import outlooks
    from kpi_lib.page.draft import draft, file_name
    from kpi_lib.reports.word import write_docx

    unit, as_of = read_unit(options.unit), day(options.as_of)
    items = outlooks(read_observations(unit.id, as_of=as_of), unit, options.year or unit.calendar.in_review(as_of), as_of=as_of)
    report = draft(items, unit, skin=options.skin)
    print(report.text)
    print(f"\nDự thảo: {write_docx(report, items, Path(options.out or file_name(unit, as_of, options.skin)))}")
    return PUBLISHED


def _waiting(options: argparse.Namespace) -> int:
    from kpi_lib.deliveries import store
    from kpi_lib.deliveries.delivery import Item
    from kpi_lib.deliveries.intake import still_waiting

    found = 0
    for record in store.records(options.unit):
        figures, plans = still_waiting(options.unit, record)
        items: list[Item] = [*figures, *plans]
        for item in items:
            checks = sorted({f.check for f in record.faults if f.concerns(item.sheet, item.cell)})
            print(
                f"lần giao {record.number} ({record.received:%d/%m/%Y}, {record.name}) {item.sheet}!{item.cell}: {item.typed or item.value} [{', '.join(checks)}]"
            )
            found += 1
    print(f"{options.unit}: {found} ô đang chờ.")
    return WITH_WARNINGS if found else PUBLISHED


def _confirm(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.indicators import day
    from kpi_lib.deliveries.intake import confirm
    from kpi_lib.reports.lock import only_run

    on = day(options.on) if options.on else _today()
    with only_run(options.unit):
        receipt = confirm(options.unit, options.number, by=options.name, reason=options.reason, on=on, cells=options.cells)
    print(
        f"Đã nhận {len(receipt.accepted)} số liệu, {len(receipt.plans)} kế hoạch theo xác nhận của {options.name} (bản ghi số {receipt.number})."
    )
    return PUBLISHED


def _progress(done: int, of: int, what: str) -> None:
    width = 24
    filled = width * done // of
    line = f"[{'█' * filled}{'·' * (width - filled)}] {done}/{of} {what}"
    if sys.stderr.isatty():
        print(f"\r{line:<70}", end="", file=sys.stderr, flush=True)
    elif what:
        print(line, file=sys.stderr, flush=True)


def _units(options: argparse.Namespace) -> int:
    from kpi_lib.definitions import folders
    from kpi_lib.definitions.indicators import read_unit

    del options
    for name in folders.units():
        print(f"{name:<22} {read_unit(name).name.vi}")
    return PUBLISHED


def _check(options: argparse.Namespace) -> int:
    from kpi_lib.definitions.targets import read_plans, read_targets
    from kpi_lib.figures.observations import read_observations

    obs = read_observations(options.unit)
    print(
        f"{options.unit}: {len(obs)} số liệu, {len(read_targets(options.unit))} mục tiêu, {len(read_plans(options.unit))} kế hoạch: đọc được, không có lỗi."
    )
    return PUBLISHED


def _certify(options: argparse.Namespace) -> int:
    from kpi_lib.record.certification import certify

    del options
    checks = certify()
    for check in checks:
        print(f"{'✔' if check.held else '✘'} {check.name:<50} {check.reached:>16.8f} {check.expected:>16.8f}  ± {check.tolerance:g}")
    failed = sum(not check.held for check in checks)
    print(f"{len(checks) - failed}/{len(checks)} con số đúng.")
    return INTERNAL if failed else PUBLISHED


def _lab(options: argparse.Namespace) -> int:
    import subprocess

    from kpi_lib.definitions import folders

    os.environ["KPI_ROOT"] = str(folders.root())
    start = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folders.root()}",
        "--LabApp.default_url=/lab/tree/notebooks/overview.ipynb",
    ]
    offline = [
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    more = [argument for argument in options.arguments if argument != "--"]
    return subprocess.call([sys.executable, "-m", "jupyter", "lab", *start, *offline, *more])


if __name__ == "__main__":
    sys.exit(main())
