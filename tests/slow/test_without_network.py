"""The way of docs/setup.md for a machine without a network: the folder of wheels, `run.py`, a report, in a namespace that reaches nothing.

It takes minutes, and wheels that somebody downloaded as docs/setup.md says, into `.tools/wheels` or the folder that KPI_TESTS_WHEELS names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import PROJECT

WHEELS = Path(os.environ.get("KPI_TESTS_WHEELS", PROJECT / ".tools" / "wheels"))
APART = ["unshare", "-rn", "sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh"]
UNIT, AS_OF = "uong-bi", "2026-04-15"


def may_be_apart() -> bool:
    return shutil.which("unshare") is not None and subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not may_be_apart(), reason="this system gives no namespace without a network (unshare -rn)"),
    pytest.mark.skipif(not any(WHEELS.glob("*.whl")), reason=f"no wheels in {WHEELS}: download them first, docs/setup.md"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project as git has it, the wheels beside it, nothing installed."""
    named = subprocess.run(["git", "-C", str(PROJECT), "ls-files", "-z"], capture_output=True, check=True).stdout.decode().split("\0")
    copy = tmp_path / "dự án"
    for name in filter(None, named):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, copy / name)
    (copy / ".tools").mkdir()
    (copy / ".tools" / "wheels").symlink_to(WHEELS)
    return copy


def apart(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the project where no address is reached and nothing of this machine's pip or uv is at hand."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KPI_", "PYTHON", "PIP_", "UV_", "VIRTUAL_ENV"))}
    alone = {**kept, "HOME": str(project.parent), "XDG_CACHE_HOME": str(project.parent / "cache")}
    return subprocess.run([*APART, *command], cwd=project, env=alone, capture_output=True, encoding="utf-8", errors="replace", check=False)


def test_the_wheels_make_the_environment_and_a_report(project: Path):
    python = Path(sys.base_prefix) / "bin" / "python3"
    reached = apart(project, str(python), "-c", "import socket; socket.create_connection(('1.1.1.1', 443), 5)")
    assert reached.returncode != 0 and "OSError" in reached.stderr
    began = time.monotonic()
    done = apart(project, str(python), "run.py", "run", "--unit", UNIT, "--as-of", AS_OF)
    first = time.monotonic() - began
    assert done.returncode in (0, 10), (done.stdout[-2000:], done.stderr[-4000:])
    assert (project / "data" / "processed" / UNIT / "reports" / AS_OF / "index.html").is_file()
    again = apart(project, str(python), "run.py", "check", "--unit", UNIT)
    assert again.returncode == 0, again.stderr
    room = sum(path.stat().st_size for path in WHEELS.glob("*.whl")) / 1e6
    print(f"{len(list(WHEELS.glob('*.whl')))} wheels of {room:.0f} MB; environment and first report in {first:.0f} s without a network")


def test_without_the_wheels_the_way_out_is_told(project: Path):
    (project / ".tools" / "wheels").unlink()
    done = apart(project, str(Path(sys.base_prefix) / "bin" / "python3"), "run.py", "check", "--unit", UNIT)
    assert done.returncode == 50 and "docs/setup.md" in done.stdout + done.stderr
