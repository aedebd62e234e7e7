"""What a fault holds: the row it is about, and the figures that stand or fall with those it names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from kpi_lib.definitions.indicators import Unit
from kpi_lib.deliveries.delivery import DeliveredFigure, Fault, Item, Reading
from kpi_lib.periods import span


def holding(faults: Iterable[Fault], reading: Reading, unit: Unit) -> tuple[Fault, ...]:
    """The faults of a reading, each with every cell that waits because of it among its `holds`.

    A refused cell holds its whole row. Figures that depend on one another wait together: those of one line to one day (the month and the
    sum to date, parts and their total, an amount and its percentage). A restated earlier month waits alone: a sum is held against all months.
    """
    items: list[Item] = [*reading.figures, *reading.plans]
    kin = _Kin(reading.figures, unit)
    return tuple(_spread(fault, items, kin) for fault in faults)


def _spread(fault: Fault, items: list[Item], kin: _Kin) -> Fault:
    if not fault.keeps_back:
        return fault
    rows = {_row(cell) for cell in (fault.cell, *fault.holds) if cell} if fault.severity == "refuse" else set()
    own = [item for item in items if fault.concerns(item.sheet, item.cell) or (item.sheet == fault.sheet and _row(item.cell) in rows)]
    waits = dict.fromkeys([*own, *kin.of([item for item in own if isinstance(item, DeliveredFigure)])])
    more = [_place(item, fault.sheet) for item in waits if not fault.concerns(item.sheet, item.cell)]
    return replace(fault, holds=(*fault.holds, *dict.fromkeys(more))) if more else fault


def _place(item: Item, sheet: str) -> str:
    return item.cell if item.sheet == sheet else f"{item.sheet}!{item.cell}"


def _row(cell: str) -> str:
    return re.sub(r"\D", "", cell.rpartition("!")[2])


class _Kin:
    """The figures of one delivery by what they depend on: all of one line and area to one day."""

    def __init__(self, figures: Iterable[DeliveredFigure], unit: Unit) -> None:
        self.unit = unit
        self.by_end: dict[tuple, list[DeliveredFigure]] = defaultdict(list)
        for figure in figures:
            self.by_end[self._end(figure)].append(figure)

    def _end(self, figure: DeliveredFigure) -> tuple:
        calendar = self.unit.calendar_of(self.unit.indicators[figure.indicator])
        return figure.indicator, figure.perimeter, span(figure.basis, figure.period, calendar)[1]

    def of(self, figures: list[DeliveredFigure]) -> list[DeliveredFigure]:
        """The figures that depend on these."""
        return [kin for figure in figures for kin in self.by_end[self._end(figure)]]
