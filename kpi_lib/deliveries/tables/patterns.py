"""Patterns that somebody wrote, searched for with a limit of time: some take for ever on a text that they nearly fit."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS, LONGEST = 2.0, 400  # for the headings of one table; letters of a heading that are looked at


class TooSlowError(Exception):
    """A pattern that took longer than it may; its key in the recipe."""


@contextmanager
def limited() -> Iterator[None]:
    """Break off what computes longer than `SECONDS` by a `TooSlowError`; what others do on the machine does not count.

    The alarm is one of Linux and macOS, and of the main thread; elsewhere only the length of a heading is limited.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    left, every = signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, left, every)
        signal.signal(signal.SIGVTALRM, before)
