"""What the machine refuses, in the reader's words: disk, rights, memory."""

from __future__ import annotations

import errno

from kpi_lib.words.messages import KpiError, Text, Words

_KNOWN = {
    errno.ENOSPC: Text("the disk is full"),
    errno.EDQUOT: Text("the disk is full"),
    errno.EACCES: Text("no right to read or write there"),
    errno.EPERM: Text("no right to read or write there"),
    errno.EROFS: Text("nothing can be written there"),
    errno.ENOENT: Text("it is not there"),
    errno.EIO: Text("the disk fails"),
    errno.EXDEV: Text("it lies on another disk"),
    errno.EMFILE: Text("too many files are open"),
    errno.ENOMEM: Text("no memory is left"),
}

MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""Numbers of the system's errors that no file handed in and no notebook brings about."""


class MachineFault(KpiError):
    """The machine (disk, memory, a process that died), not what was handed in, stopped it."""


def refused(error: BaseException) -> Words | str:
    """Why the machine would not do it, with the file where one is named; words of the system itself where none are known.

    >>> refused(OSError(errno.ENOSPC, "No space left on device", "a.csv"))["en"]
    'the disk is full: a.csv'
    """
    if isinstance(error, MemoryError):
        return Text("no memory is left")
    known = _KNOWN.get(getattr(error, "errno", None) or 0)
    if known is None:
        return str(error)
    name = getattr(error, "filename", None)
    return Text("{reason}: {file}", reason=known, file=str(name)) if name else known
