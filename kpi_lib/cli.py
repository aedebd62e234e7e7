"""The `kpi` command."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence

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
        help=f"bỏ qua số công bố sau ngày này, dạng 2025-10-15 (mặc định {DEFAULT_AS_OF} cho {DEFAULT_UNIT}, hôm nay cho đơn vị khác)",
    )
    run.add_argument("--year", type=int, default=None, help="năm được đánh giá (mặc định: năm của ngày; trong tháng 1 là năm trước)")
    run.add_argument("--lang", default="vi", choices=("vi", "en"))
    run.add_argument("--engine", default=None, choices=("fork", "kernel"), help="cách chạy sổ tay (mặc định: nhanh nhất máy có)")
    run.add_argument("--pictures-only", action="store_true", help="trang chỉ có hình, không tương tác (nhẹ hơn, gửi thư được)")
    commands.add_parser("units", help="liệt kê các đơn vị / list the units")
    check = commands.add_parser("check", help="chỉ kiểm tra số liệu đã giao của một đơn vị / check what was delivered")
    check.add_argument("--unit", default=DEFAULT_UNIT)
    commands.add_parser("certify", help="tính lại các con số mẫu của R, Stata và các công thức đóng / reach the reference figures again")
    lab = commands.add_parser("lab", help="mở JupyterLab tại các sổ tay / open JupyterLab at the notebooks")
    lab.add_argument("arguments", nargs=argparse.REMAINDER, help="chuyển tiếp cho jupyter lab")
    return parser


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
    options = _parser().parse_args(arguments)
    return _guarded({"run": _run, "units": _units, "check": _check, "certify": _certify, "lab": _lab}[options.command], options)


def _guarded(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    from kpi_lib.frames import KpiError

    try:
        return command(options)
    except KpiError as error:
        kind = type(error).__name__
        code = {"Busy": RUNNING, "NothingToReport": NOTHING}.get(kind, REFUSED)
        print(
            f"\n{'Không có gì để báo cáo' if code == NOTHING else 'Không chạy được' if code == RUNNING else 'Bị từ chối'}: {error}",
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


def _today() -> dt.date:
    """The one place that asks the clock."""
    return dt.date.today()


def _run(options: argparse.Namespace) -> int:
    from kpi_lib.publish import publish

    as_of = options.as_of or (DEFAULT_AS_OF if options.unit == DEFAULT_UNIT else str(_today()))
    publication = publish(
        options.unit,
        as_of,
        year=options.year,
        lang=options.lang,
        engine=options.engine,
        interactive=not options.pictures_only,
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


def _progress(done: int, of: int, what: str) -> None:
    width = 24
    filled = width * done // of
    line = f"[{'█' * filled}{'·' * (width - filled)}] {done}/{of} {what}"
    if sys.stderr.isatty():
        print(f"\r{line:<70}", end="", file=sys.stderr, flush=True)
    elif what:
        print(line, file=sys.stderr, flush=True)


def _units(options: argparse.Namespace) -> int:
    from kpi_lib import places
    from kpi_lib.indicators import read_unit

    del options
    for name in places.units():
        print(f"{name:<22} {read_unit(name).name.vi}")
    return PUBLISHED


def _check(options: argparse.Namespace) -> int:
    from kpi_lib.indicators import read_plans, read_targets
    from kpi_lib.observations import read_observations

    obs = read_observations(options.unit)
    print(
        f"{options.unit}: {len(obs)} số liệu, {len(read_targets(options.unit))} mục tiêu, {len(read_plans(options.unit))} kế hoạch: đọc được, không có lỗi."
    )
    return PUBLISHED


def _certify(options: argparse.Namespace) -> int:
    from kpi_lib.certification import certify

    del options
    checks = certify()
    for check in checks:
        print(f"{'✔' if check.held else '✘'} {check.name:<50} {check.reached:>16.8f} {check.expected:>16.8f}  ± {check.tolerance:g}")
    failed = sum(not check.held for check in checks)
    print(f"{len(checks) - failed}/{len(checks)} con số đúng.")
    return INTERNAL if failed else PUBLISHED


def _lab(options: argparse.Namespace) -> int:
    import subprocess

    from kpi_lib import places

    os.environ["KPI_ROOT"] = str(places.root())
    start = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={places.root()}", "--LabApp.default_url=/lab/tree/notebooks/overview.ipynb"]
    return subprocess.call([sys.executable, "-m", "jupyter", "lab", *start, *options.arguments])


if __name__ == "__main__":
    sys.exit(main())
