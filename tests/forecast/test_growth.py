"""Growth of the year to date: the year's from the line's own rates, as wide as the line moves, whatever the holes in what was published."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import row

import kpi_lib as kpi
from kpi_lib.forecast.growth import completed_growth, project_growth
from kpi_lib.periods import QUARTERS

PRODUCT, INCOME = kpi.INDICATORS["gross_product_growth"], kpi.INDICATORS["income_per_capita_growth"]
MONTHS_SEEN = {1: "03-31", 2: "06-30", 3: "09-30", 4: "12-31"}
PUBLISHED = {1: "-04-06", 2: "-07-06", 3: "-10-06", 4: "-12-29"}


def years(count: int, size: float, *, usual: float = 6.0, seed: int = 1) -> np.ndarray:
    """Growth to date of so many years whose quarters vary by `size` points around the usual one."""
    quarters = usual + size * np.random.default_rng(seed).standard_normal((count, QUARTERS))
    return (quarters.cumsum(axis=1) / np.arange(1, QUARTERS + 1)).ravel()


def width(draws: np.ndarray) -> float:
    low, high = np.quantile(draws, [0.1, 0.9])
    return float(high - low)


def rates(values: np.ndarray, ind=PRODUCT, first: int = 2020, keep: tuple[int, ...] = (1, 2, 3, 4)) -> list[dict[str, object]]:
    """Rows of growth to date as an office publishes it, at the ends of the quarters kept."""
    rows = []
    for place, value in enumerate(values):
        year, count = first + place // QUARTERS, place % QUARTERS + 1
        if count in keep:
            basis, period = ("year", str(year)) if count == QUARTERS else ("cumulative", f"{year}-{MONTHS_SEEN[count]}")
            rows.append(row(ind.id, basis, period, round(float(value), 2), f"{year}{PUBLISHED[count]}", measure="%", status="estimate"))
    return rows


def project(unit: str, ind=PRODUCT, as_of: str = "2025-10-15"):
    return kpi.project(kpi.read_observations(unit), ind, 2025, as_of=as_of)


class TestTheDraws:
    def test_are_the_same_for_a_seed_whatever_else_is_in_the_batch(self):
        batch = np.stack([years(5, size)[:18] for size in (0.3, 3.0, 30.0)])
        together = project_growth(batch, 2, draws=300, seed=4)
        assert together.shape == (3, 300)
        for line, draws in zip(batch, together, strict=True):
            np.testing.assert_allclose(project_growth(line[None], 2, draws=300, seed=4)[0], draws, rtol=1e-9)

    @pytest.mark.parametrize("seen", [1, 2, 3])
    def test_are_as_wide_as_the_line_moves_not_a_number_of_points(self, seen: int):
        calm, wild = (project_growth(years(6, size)[None, : 5 * QUARTERS + seen], QUARTERS - seen)[0] for size in (0.5, 10.0))
        assert width(wild) == pytest.approx(20 * width(calm), rel=0.35)

    def test_narrow_as_the_year_goes_on(self):
        wide = [width(project_growth(years(6, 2.0)[None, : 5 * QUARTERS + seen], QUARTERS - seen)[0]) for seen in (1, 2, 3)]
        assert wide[0] > wide[1] > wide[2]

    def test_do_not_fall_below_the_loss_of_everything(self):
        assert project_growth(years(4, 60.0, usual=-60.0)[None, :13], 3).min() >= -100

    def test_a_misprint_of_a_past_rate_changes_next_to_nothing(self):
        told = years(6, 0.5)[: 5 * QUARTERS + 3]
        misprinted = told.copy()
        misprinted[8] = -90.0
        right, wrong = (project_growth(line[None], 1)[0] for line in (told, misprinted))
        assert np.median(wrong) == pytest.approx(np.median(right), abs=0.2)
        assert width(wrong) < 2 * width(right)


class TestTheWayOfALine:
    def test_a_year_that_always_beats_nine_months_is_learnt_and_shrunk(self):
        steps = np.tile([5.5, 5.8, 6.2, 6.6], 6) + np.repeat([0.0, 0.3, -0.2, 0.1, -0.1, 0.2], QUARTERS)
        steps += 0.03 * np.random.default_rng(0).standard_normal(len(steps))
        middle = float(np.median(project_growth(steps[None, :23], 1)[0])) - steps[22]
        few = float(np.median(project_growth(steps[None, :7], 1)[0])) - steps[6]
        assert 0.2 < middle <= 0.42
        assert few < middle

    def test_a_line_without_such_a_way_is_projected_near_what_it_has_reached(self):
        told = years(8, 0.4)[:31]
        assert np.median(project_growth(told[None], 1)[0]) == pytest.approx(told[-1], abs=0.15)

    def test_a_first_quarter_far_from_last_year_comes_back_part_of_the_way(self):
        told = np.append(years(5, 0.8), 10.0)
        middle = np.median(project_growth(told[None], 3)[0])
        assert 6.0 < middle < 9.9


@pytest.mark.parametrize("ind", [PRODUCT, INCOME], ids=["product", "income"])
class TestWhatAnOfficePublishes:
    """Two indicators, and every pattern of holes."""

    def told(self, reach: int) -> np.ndarray:
        return years(6, 0.7, usual=7.0)[: 5 * QUARTERS + reach]

    @pytest.mark.parametrize(
        ("keep", "reach", "as_of"),
        [((2, 4), 2, "2025-07-15"), ((3, 4), 3, "2025-10-15"), ((1, 2, 3, 4), 3, "2025-10-15"), ((4,), 0, "2025-10-15")],
        ids=["half years", "nine months", "all", "years alone"],
    )
    def test_is_enough_for_a_distribution(self, make_unit, ind, keep, reach, as_of):
        projection = project(make_unit(rates(self.told(reach), ind, keep=keep)), ind, as_of)
        assert projection.known and projection.evidence_years == 5
        low, high = projection.interval(0.8)
        assert 0.3 < high - low < 7
        assert low < 7.5 and high > 6.0
        assert projection.paths.shape == (len(projection.draws), len(projection.ends))
        np.testing.assert_allclose(projection.paths[:, -1], projection.draws)

    def test_quarters_alone_say_nearly_the_same_as_the_growth_to_date_made_of_them(self, make_unit, ind):
        told = self.told(3)
        rows = rates(told[: 5 * QUARTERS], ind)
        quarters = np.diff(np.arange(1, 4) * told[-3:], prepend=0.0)
        alone = [
            row(ind.id, "quarter", f"2025-Q{q}", round(float(value), 2), f"2025{PUBLISHED[q]}", measure="%", status="estimate")
            for q, value in enumerate(quarters, 1)
        ]
        to_date = project(make_unit(rates(told, ind), unit="mot"), ind)
        chained = project(make_unit([*rows, *alone], unit="hai"), ind)
        assert chained.seen[-1].derived and not to_date.seen[-1].derived
        assert chained.quantile(0.5) == pytest.approx(to_date.quantile(0.5), abs=0.25)
        assert width(chained.draws) > 0.9 * width(to_date.draws)

    def test_an_office_that_corrects_its_rates_upwards_every_year_is_known_for_it(self, make_unit, ind):
        told = self.told(3)
        plain = rates(told, ind)
        corrected = [
            row(ind.id, "cumulative", f"{year}-09-30", round(float(told[QUARTERS * number + 2]) + 0.6, 2), f"{year + 1}-03-01", measure="%")
            for number, year in enumerate(range(2020, 2025))
        ]
        one, other = project(make_unit(plain, unit="mot"), ind), project(make_unit([*plain, *corrected], unit="hai"), ind)
        assert 0.1 < other.quantile(0.5) - one.quantile(0.5) < 0.6


def test_a_rate_that_may_be_off_leaves_a_wider_year():
    told = years(5, 0.4)
    sure, doubtful = (
        completed_growth(told[None, :19], range(19), [19], errors=np.r_[np.zeros(18), error])[0, :, 0] for error in (0.0, 1.0)
    )
    assert width(doubtful) > 1.2 * width(sure)


def test_five_years_of_which_one_contradicts_leave_a_chance(make_unit):
    """A year that needs three points more than nine months brought is not ruled out where one of five past years brought them."""
    nine, year = [6.5, 8.2, 10.2, 10.1, 8.0], [10.0, 8.3, 10.3, 11.0, 8.4]
    told = np.concatenate([[float("nan"), float("nan"), a, b] for a, b in zip(nine, year, strict=True)])
    rows = [item for item in rates(np.append(told, [np.nan, np.nan, 11.66])) if np.isfinite(item["value"])]  # type: ignore[call-overload]
    projection = project(make_unit(rows))
    assert 0.02 < projection.prob(">=", 14) < 0.2
