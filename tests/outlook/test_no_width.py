"""An interval whose two ends are written alike is not left standing as if the outcome were sure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import monthly, row, target

import kpi_lib as kpi
from kpi_lib import narrative as nr
from tests.made import three_years

AS_OF = "2025-10-15"
SAID = {"en": "no width shows", "vi": "không thấy độ rộng"}


def same_every_month(line: str, measure: str, value: float) -> list[dict[str, object]]:
    return [each for year in range(2020, 2026) for each in monthly(line, year, [value] * (12 if year < 2025 else 9), measure=measure)]


def held(line: str, value: float) -> list[dict[str, object]]:
    return [
        row(line, "level", f"{year}-{month:02d}-{day}", value, f"{year + month // 12}-{month % 12 + 1:02d}-06", measure="%")
        for year in range(2020, 2026)
        for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))
        if (year, month) != (2025, 12)
    ]


LINES = {
    "new_enterprises": (same_every_month("new_enterprises", "doanh nghiệp", 10), 120),
    "medical_waste_treatment": (held("medical_waste_treatment", 100), 100),
}


@pytest.mark.parametrize("lang", SAID)
@pytest.mark.parametrize("line", LINES)
def test_a_line_that_never_moved_says_that_its_interval_has_no_width(make_unit: Callable[..., str], line: str, lang: str):
    rows, threshold = LINES[line]
    unit = make_unit(rows, targets=[target(line, 2025, threshold)])
    outlooks = kpi.outlooks(kpi.read_observations(unit, as_of=AS_OF), kpi.read_unit(unit), 2025, as_of=AS_OF)
    outlook = next(each for each in outlooks if each.indicator.id == line)
    assert outlook.judged and not outlook.projection.complete
    said = nr.outlook_sentence(outlook, lang).text
    print(said)
    assert SAID[lang] in said and 0.5 < outlook.probability < 1


def test_a_line_that_moves_says_nothing_of_the_kind(make_unit: Callable[..., str]):
    unit = make_unit(three_years(), targets=[target("new_enterprises", 2025, 115)])
    outlooks = kpi.outlooks(kpi.read_observations(unit, as_of=AS_OF), kpi.read_unit(unit), 2025, as_of=AS_OF)
    outlook = next(each for each in outlooks if each.indicator.id == "new_enterprises")
    for lang, words in SAID.items():
        assert outlook.judged and words not in nr.outlook_sentence(outlook, lang).text
