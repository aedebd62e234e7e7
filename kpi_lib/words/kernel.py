"""What a notebook's reader is told of a mistake: one sentence and the way out, not the library's insides."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any

from kpi_lib.words.messages import SOURCE, KpiError, languages


def tell_in_one_sentence() -> None:
    """Have a kernel that a person sits at show a KpiError as its sentence; the cell fails all the same, for papermill too."""
    from IPython import get_ipython

    shell = get_ipython()
    if getattr(shell, "kernel", None) is not None and os.environ.get("KPI_BATCH") != "1":
        shell.set_custom_exc((KpiError,), _tell)


def _tell(shell: Any, kind: type[KpiError], error: KpiError, trace: TracebackType, tb_offset: int | None = None) -> list[str]:  # noqa: ARG001
    spoken = (str(shell.user_ns.get("lang")), os.environ.get("KPI_LANG", ""))
    told = [error[next((lang for lang in spoken if lang in languages()), SOURCE)]]
    shell._showtraceback(kind, error, told)
    return told
