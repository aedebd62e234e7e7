"""A Python of our own making: its environment, how it finds this package, and how it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kpi_lib.definitions.folders import root

Facts = dict[str, Any]
PACKAGE = Path(__file__).resolve().parents[1]

CELL_OUTPUT_LIMIT = 2_000_000
"""Bytes one cell may put out; a page that needs more is not a page."""

START_SECONDS = 60.0
"""A kernel that has not answered by then is killed and started once more."""


def environment(home: Path) -> dict[str, str]:
    """Return the environment cells run in: one BLAS thread, no configuration of the user's, no modules from a working folder."""
    personal = ("JUPYTER", "IPYTHON", "PYTHONSTARTUP", "PYTHONWARNINGS")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(personal)}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    folders = dict.fromkeys(("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"), str(home))
    python = {"PYTHONSAFEPATH": "1", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    own = {"KPI_BATCH": "1", "KPI_PACKAGE": str(PACKAGE), "JUPYTER_NO_CONFIG": "1", "JUPYTER_PLATFORM_DIRS": "1"}
    return {**kept, "KPI_ROOT": os.environ.get("KPI_ROOT") or str(root()), **threads, **folders, **python, **own}


_BOOT = (
    "import importlib.util as u, os, sys; sys.modules['rfc3987_syntax'] = None; d = os.environ['KPI_PACKAGE']; "
    "s = u.spec_from_file_location('kpi_lib', os.path.join(d, '__init__.py'), submodule_search_locations=[d]); "
    "m = sys.modules['kpi_lib'] = u.module_from_spec(s); s.loader.exec_module(m); "
    "from kpi_lib.running.interpreter import die_with; die_with({parent}); "
    "from kpi_lib.running import engines, job, processes; "
)
"""Makes exactly this kpi_lib importable in a new interpreter without putting any folder on its path; which is not to outlive its parent,
not even while it imports what is heavy."""


def command(action: str, *arguments: str) -> list[str]:
    """The command of a new interpreter that does something and dies with this process."""
    return [sys.executable, "-P", "-c", _BOOT.format(parent=os.getpid()) + action, *arguments]


def bound(program: Sequence[str]) -> list[str]:
    """The command of another program that, on Linux, dies with this process; elsewhere as it is."""
    before = (
        "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.getppid() == {} or os._exit(1); os.execvp(sys.argv[1], sys.argv[1:])"
    )
    return [sys.executable, "-I", "-S", "-c", before.format(os.getpid()), *program] if sys.platform == "linux" else list(program)


def kill_tree(pid: int) -> None:
    """Kill a process, its process group and everything it has started."""
    import psutil

    try:
        root = psutil.Process(pid)
        family = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        family = []
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)  # every job leads its own group
    for member in family:
        with contextlib.suppress(psutil.Error):
            member.kill()


def die_with(parent: int) -> None:
    """Be killed when the parent dies; end at once if it has died meanwhile. Linux does that itself, elsewhere a thread looks each second."""
    if sys.platform == "linux":
        _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    else:
        import threading

        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if _gone(parent):
        os._exit(1)


def outlive_parent() -> None:
    """Linux: be killed with the parent no more; for a process that notices its end by other means."""
    if sys.platform == "linux":
        _prctl(1, 0)


def adopt_orphans() -> None:
    """Linux: inherit the orphans of one's own children, so that none escapes."""
    if sys.platform == "linux":
        _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(option, value)


def _gone(parent: int) -> bool:
    if os.name == "posix":
        return os.getppid() != parent
    import psutil

    return not psutil.pid_exists(parent)  # Windows: between us and it may stand the launcher of a virtual environment


def _watch(parent: int) -> None:
    while not _gone(parent):
        time.sleep(1)
    os._exit(1)
