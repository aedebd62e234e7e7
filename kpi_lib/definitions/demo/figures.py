"""What an illustrative ward is like, and the figures its offices send: every one made up from a seed.

Only `random.Random(text).random()` is drawn from, whose numbers Python promises to keep, and only sums, products and rounding follow: the
bytes are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from kpi_lib.periods import month_end

FIRST, LAST, CLOSED = 2023, 2026, 9  # years with figures; of the last one, the months gone
FORMED, MOVED = "2025-07-01", "2026-01-01"
REGISTRATIONS = (7.8, 5.5, 9.0, 10.1, 8.2, 9.3, 8.9, 8.8, 7.7, 9.0, 8.9, 6.8)  # shares of a year, January to December
REVENUE = (12.4, 6.6, 7.0, 9.6, 6.4, 7.1, 9.4, 6.5, 7.0, 9.3, 7.6, 11.1)
PLACEMENTS = (5.0, 4.6, 8.6, 9.4, 9.0, 10.2, 9.0, 8.8, 9.6, 9.4, 9.0, 7.4)
INVESTMENT = (2.2, 2.6, 4.4, 6.0, 7.4, 9.6, 7.4, 7.2, 8.2, 10.6, 14.0, 20.4)
ADMISSIONS = (3.0, 6.0, 8.0, 8.0, 12.0, 9.0, 8.0, 8.0, 10.0, 10.0, 11.0, 7.0)

Figure = tuple[str, str, str, float, str, str]  # line, basis, period, value, status, published


@dataclass(frozen=True, slots=True)
class Ward:
    """A made-up ward.

    `pace` is how its year goes beside what was promised (1: as promised). `never` is the office that sends nothing, `until` the last
    month of this year that the office `late` has sent (0: none yet). `event` is the day from which its territory is another, `rebuilt` whether
    earlier figures were reckoned anew for it. `own` says that it tracks a line of its own.
    """

    number: int
    population: int
    pace: float
    never: str = ""
    late: str = ""
    until: int = 0
    event: str = ""
    rebuilt: bool = False
    own: bool = False

    @property
    def size(self) -> float:
        """Its people beside those of a ward of 30,000."""
        return self.population / 30_000


def wards(seed: int, count: int) -> list[Ward]:
    """The wards of a province: of all sizes, a sixth of them with late figures, some with an office that sends nothing, two boundary changes."""
    draws = [Random(f"{seed}/{number}") for number in range(1, count + 1)]
    order = sorted(range(count), key=lambda place: draws[place].random())
    told: dict[int, dict[str, object]] = {place: {} for place in range(count)}
    queue = iter(order * 4)
    for place, office in zip(queue, ("health", "water", "stats")[: max(1, min(3, count // 6))], strict=False):
        told[place] |= {"never": office}
    for step in range(max(1, count // 6)):
        office = ("economy", "society", "tax", "insurance")[step % 4]
        told[next(queue)] |= {"late": office, "until": 5 + step % 3}
    told[next(queue)] |= {"late": "all"}
    told[next(queue)] |= {"event": FORMED, "rebuilt": True}
    for place in (next(queue), next(queue)):  # quarters moved from one to the other; nobody has reckoned earlier figures anew
        told[place] |= {"event": MOVED}
    for _ in range(max(1, count // 12)):
        told[next(queue)] |= {"own": True}
    return [_ward(place + 1, draws[place], told[place]) for place in range(count)]


def _ward(number: int, draw: Random, told: Mapping[str, object]) -> Ward:
    share = draw.random()
    population = 4_000 + round(62_000 * share * share * share) + round(3_000 * draw.random())
    return Ward(number, population, round(1.0 + 0.06 * _bell(draw), 3), **told)  # type: ignore[arg-type]


def figures(seed: int, ward: Ward) -> dict[str, list[Figure]]:
    """What each office of a ward has sent, by its file; each office draws from a stream of its own."""
    made: dict[str, list[Figure]] = {}
    for office, rows in _OFFICES.items():
        draw = Random(f"{seed}/{ward.number}/{office}")
        sent = [row for row in rows(draw, ward) if not _unsent(row, office, ward)]
        if sent and office != ward.never:
            made[office] = sent
    return made


def goals(seed: int, ward: Ward) -> dict[str, tuple[str, float]]:
    """The targets of the last year: comparator and threshold of every line."""
    draw = Random(f"{seed}/{ward.number}/goals")
    return ({"green_space": (">=", float(round(90 * ward.size) * 10))} if ward.own else {}) | {
        "party_organisations_rated_good": (">", 90), "party_members_rated_good": (">", 90), "party_admission_rate": (">=", 3),
        "budget_revenue_growth": (">=", float(4 + round(4 * draw.random()))),
        "gross_product_growth": (">=", round(9.5 + 2 * draw.random(), 1)),
        "new_enterprises": (">=", float(max(round(42 * ward.size), 3))), "income_per_capita_growth": (">=", 10),
        "poor_households": ("=", 0), "near_poor_households": ("=", 0), "national_standard_schools": (">=", 100),
        "health_insurance_coverage": (">=", round(96.5 + draw.random(), 1)), "child_malnutrition": ("<=", round(5.4 + 0.6 * draw.random(), 1)),
        "new_jobs": (">=", float(round(80 * ward.size) * 10)), "trained_labour_rate": (">=", round(88 + 2 * draw.random(), 1)),
        "clean_water_coverage": (">=", round(97.6 + draw.random(), 1)), "solid_waste_collection": (">=", round(97 + draw.random(), 1)),
        "medical_waste_treatment": (">=", 100), "forest_cover": (">=", float(10 + ward.number % 40)),
        "public_investment_disbursement": (">=", 100), "military_recruitment": (">=", 100),
    }  # fmt: skip


def plan(ward: Ward, year: int) -> float:
    """The investment planned for a year, in billion đồng."""
    return round(62 * ward.size * (1 + 0.05 * (year - LAST)), 1)


def _bell(draw: Random) -> float:
    """A deviate with mean 0 and variance 1, close to normal."""
    return sum(draw.random() for _ in range(12)) - 6.0


def _count(draw: Random, mean: float) -> int:
    """A count that is scattered as rare events are."""
    tries = 20 + 4 * round(mean)
    return sum(draw.random() * tries < mean for _ in range(tries))


def _months() -> Iterator[tuple[int, int]]:
    return ((year, month) for year in range(FIRST, LAST + 1) for month in range(1, (CLOSED if year == LAST else 12) + 1))


def _known(year: int, month: int) -> str:
    """The 6th of the next month."""
    return f"{year + month // 12}-{month % 12 + 1:02d}-06"


def _growing(year: int, ward: Ward) -> float:
    """How large a year of the ward is beside what was promised for the last."""
    return ward.pace if year == LAST else 1 - 0.04 * (LAST - year)


def _unsent(row: Figure, office: str, ward: Ward) -> bool:
    return ward.late in (office, "all") and row[5] > _known(LAST, ward.until)


def _running(draw: Random, ward: Ward, line: str, year_of: float, shares: tuple[float, ...], decimals: int) -> Iterator[Figure]:
    """An office that reports the year to date and nothing else."""
    total = 0.0
    for year, month in _months():
        usual = year_of * ward.size * _growing(year, ward) * shares[month - 1] / 100
        amount = usual * (1 + 0.05 * _bell(draw))
        total = round((total if month > 1 else 0.0) + max(amount, 0.0), decimals)
        yield line, "cumulative", str(month_end(year, month)), total, "actual", _known(year, month)


def _tax(draw: Random, ward: Ward) -> Iterator[Figure]:
    for year, month in _months():
        amount = 105 * ward.size * _growing(year, ward) * REVENUE[month - 1] / 100 * (1 + 0.05 * _bell(draw))
        yield "budget_revenue_growth", "month", f"{year}-{month:02d}", round(amount, 1), "actual", _known(year, month)


def _stats(draw: Random, ward: Ward) -> Iterator[Figure]:
    usual = 10.6 + 12 * (ward.pace - 1)
    for year in range(FIRST, LAST + 1):
        for quarter in range(1, (3 if year == LAST else 4) + 1):
            basis, period = ("year", str(year)) if quarter == 4 else ("cumulative", str(month_end(year, 3 * quarter)))
            rate = round(usual + 0.3 * (year - LAST) + 0.35 * _bell(draw), 2)
            yield "gross_product_growth", basis, period, rate, "estimate", _known(year, 3 * quarter)
        if year < LAST:
            yield "income_per_capita_growth", "year", str(year), round(10.4 + 1.2 * _bell(draw), 1), "actual", _known(year, 12)


def _economy(draw: Random, ward: Ward) -> Iterator[Figure]:
    number = 0
    for year, month in _months():
        number = (number if month > 1 else 0) + _count(draw, 44 * ward.size * _growing(year, ward) * REGISTRATIONS[month - 1] / 100)
        yield "new_enterprises", "cumulative", str(month_end(year, month)), number, "actual", _known(year, month)
    yield from _running(draw, ward, "public_investment_disbursement", 60, INVESTMENT, 1)


def _society(draw: Random, ward: Ward) -> Iterator[Figure]:
    yield from _running(draw, ward, "new_jobs", 810, PLACEMENTS, 0)
    poor, near, schools = 9 * ward.size, 26 * ward.size, 4 + round(8 * ward.size)
    short = 1 if draw.random() < 0.3 else 0
    for step, (year, month) in enumerate(_steps(6)):
        left = max(1 - step / (6 + 3 * draw.random()), 0.0)
        day, known = str(month_end(year, month)), _known(year, month)
        yield "poor_households", "level", day, round(poor * left * left), "actual", known
        yield "near_poor_households", "level", day, round(near * left), "actual", known
        yield "national_standard_schools", "level", day, round(100 * (schools - short) / schools, 1), "actual", known
        yield "trained_labour_rate", "level", day, round(86.4 + 0.42 * step + 8 * (ward.pace - 1), 1), "actual", known


def _insurance(draw: Random, ward: Ward) -> Iterator[Figure]:
    for step, (year, month) in enumerate(_months()):
        dip = {1: -0.35, 2: -0.15, 9: -0.12}.get(month, 0.0)
        share = round(95.2 + 1.6 * step / 44 + 6 * (ward.pace - 1) + dip + 0.05 * _bell(draw), 2)
        yield "health_insurance_coverage", "level", str(month_end(year, month)), min(share, 99.9), "actual", _known(year, month)


def _water(draw: Random, ward: Ward) -> Iterator[Figure]:
    for step, (year, month) in enumerate(_steps(3)):
        day, known = str(month_end(year, month)), _known(year, month)
        water = min(round(96.4 + 0.1 * step + 5 * (ward.pace - 1) + 0.04 * _bell(draw), 2), 100.0)
        waste = min(round(95.9 + 0.11 * step + 4 * (ward.pace - 1) + 0.08 * _bell(draw), 1), 100.0)
        yield "clean_water_coverage", "level", day, water, "actual", known
        yield "solid_waste_collection", "level", day, waste, "actual", known


def _health(draw: Random, ward: Ward) -> Iterator[Figure]:
    for step, (year, month) in enumerate(_steps(6)):
        thin = round(6.5 - 0.16 * step - 5 * (ward.pace - 1) + 0.05 * _bell(draw), 1)
        yield "child_malnutrition", "level", str(month_end(year, month)), thin, "actual", _known(year, month)
    for year, month in _steps(3):
        yield "medical_waste_treatment", "level", str(month_end(year, month)), 100, "actual", _known(year, month)


def _party(draw: Random, ward: Ward) -> Iterator[Figure]:
    for year in range(FIRST, LAST):
        for line, usual in (("party_organisations_rated_good", 94.6), ("party_members_rated_good", 93.0)):
            yield line, "year", str(year), round(usual + 0.5 * (year - FIRST) + 0.3 * _bell(draw), 1), "actual", f"{year}-12-28"
    members, admitted = max(round(0.07 * ward.population), 100), 0.0
    for year, month in _months():
        usual = 0.031 * members * _growing(year, ward) * ADMISSIONS[month - 1] / 100
        admitted = (admitted if month > 1 else 0.0) + usual * (1 + 0.1 * _bell(draw))
        share = round(100 * admitted / members, 2)
        yield "party_admission_rate", "cumulative", str(month_end(year, month)), share, "actual", _known(year, month)


def _forest(draw: Random, ward: Ward) -> Iterator[Figure]:
    for year in range(FIRST, LAST):
        cover = round(10 + ward.number % 40 + 0.2 * _bell(draw), 1)
        yield "forest_cover", "level", f"{year}-12-31", cover, "actual", f"{year + 1}-01-06"


def _military(draw: Random, ward: Ward) -> Iterator[Figure]:
    del draw, ward
    for year in range(FIRST, LAST + 1):
        yield "military_recruitment", "level", f"{year}-02-20", 100, "actual", f"{year}-02-21"


def _parks(draw: Random, ward: Ward) -> Iterator[Figure]:
    return _running(draw, ward, "green_space", 900, ADMISSIONS, 0) if ward.own else iter(())


def _steps(every: int) -> list[tuple[int, int]]:
    """The months that close a quarter or a half-year."""
    return [(year, month) for year, month in _months() if month % every == 0]


_OFFICES: Mapping[str, Callable[[Random, Ward], Iterator[Figure]]] = {
    "tax": _tax, "stats": _stats, "economy": _economy, "society": _society, "insurance": _insurance, "water": _water,
    "health": _health, "parks": _parks, "party": _party, "forest": _forest, "military": _military,
}  # fmt: skip
