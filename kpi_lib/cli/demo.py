"""`kpi make-wards`: the illustrative wards of a demonstration province, made from its seed."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from kpi_lib.cli.console import PUBLISHED, tell
from kpi_lib.words.messages import KpiError, Text, plural


def add_demo(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    made = command("make-wards", Text("make the illustrative wards of a demonstration province (demo-province)"))
    made.set_defaults(do=make_wards)


def make_wards(options: argparse.Namespace) -> int:
    """Make the wards that are not there yet; say how many, and the next command.

    Raises
    ------
    KpiError : the unit asks for no illustrative wards.
    """
    from kpi_lib.definitions import folders
    from kpi_lib.definitions.demo import wards
    from kpi_lib.definitions.indicators import hold

    if "illustrative_wards" not in hold(folders.raw(options.unit) / "unit.toml"):
        raise KpiError(
            "{unit} asks for no illustrative wards (illustrative_wards in its unit.toml). The one that does: kpi make-wards --unit demo-province.",
            unit=options.unit,
        )
    made = wards.make(options.unit)
    count = plural("{n} illustrative ward made", "{n} illustrative wards made", n=len(made))
    tell(
        options,
        Text(
            "{count} in data/raw; those that were there are as they were. Next: kpi run --units children-of:{unit}",
            count=count,
            unit=options.unit,
        ),
    )
    return PUBLISHED
