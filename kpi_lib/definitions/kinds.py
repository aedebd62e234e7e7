"""Kinds of indicator: how a year's value comes about, as named facts. Nothing else asks which kind an indicator is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from kpi_lib.words.messages import Text, Words


@dataclass(frozen=True, slots=True)
class Kind:
    """How a year's value comes about, and all that follows from it.

    Parameters
    ----------
    adds_up : the year is made of amounts that add up over its periods.
    basis : what one figure speaks of, and so what the readers of deliveries expect: the year to date ("cumulative"; with `adds_up` also a
        single month), a state on a day ("level"), or the year as a whole, known once ("year").
    rate : the value is a growth rate ("growth") or a share of the year's plan ("share"), in %; None for all other values.
    verb : how a value is said: reached, grown by, or left.
    told : what the kind is, in an officer's words.
    must_be_nil : a count of cases of which none may be left; nil is good.
    never_falls : a state that is only ever added to.
    """

    id: str
    told: Words
    adds_up: bool
    basis: Literal["cumulative", "level", "year"]
    rate: Literal["growth", "share"] | None = None
    verb: Literal["reaches", "grows", "leaves"] = "reaches"
    must_be_nil: bool = False
    never_falls: bool = False

    @property
    def of_amounts(self) -> bool:
        """Whether the value is a rate reckoned from amounts, which are projected and shown in a unit of their own."""
        return self.adds_up and self.rate is not None

    @property
    def growth_to_date(self) -> bool:
        """Whether the value is a growth rate that is published as such for the year to date."""
        return self.rate == "growth" and not self.adds_up

    @property
    def to_date(self) -> bool:
        """Whether figures span the year to date, so that years may be laid over one another; else they are states."""
        return self.basis == "cumulative"

    @property
    def once_a_year(self) -> bool:
        """Whether the value is assessed once, after the year: nothing moves within it and nothing can be projected."""
        return self.basis == "year"


KINDS: Mapping[str, Kind] = MappingProxyType({
    kind.id: kind
    for kind in (
        Kind("flow", Text("amounts that add up over the year (visitors, houses built, money collected)"), adds_up=True, basis="cumulative"),
        Kind("flow_growth", Text("growth in % against last year, worked out from amounts that add up"), adds_up=True, basis="cumulative", rate="growth"),
        Kind("plan_share", Text("share in % of the year's plan, worked out from amounts that add up"), adds_up=True, basis="cumulative", rate="share"),
        Kind("published_growth", Text("growth in % as an office publishes it for the year to date"), adds_up=False, basis="cumulative", rate="growth", verb="grows"),
        Kind("level", Text("a state on a day (members, a rate, a price)"), adds_up=False, basis="level"),
        Kind("counted_up", Text("a state that is only ever added to (schools of standard, kilometres, cards issued)"), adds_up=False, basis="level", never_falls=True),
        Kind("population_share", Text("a share in % on a day, of people, households or places"), adds_up=False, basis="level"),
        Kind("zero", Text("a count of which none may be left at the year's end"), adds_up=False, basis="level", verb="leaves", must_be_nil=True),
        Kind("assessment", Text("assessed once, after the year"), adds_up=False, basis="year"),
    )
})  # fmt: skip
