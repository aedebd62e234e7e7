"""Kinds of indicator: how a year's value comes about, as named facts. Nothing else asks which kind an indicator is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


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
    must_be_nil : a count of cases of which none may be left; nil is good.
    never_falls : a state that is only ever added to.
    """

    id: str
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
        Kind("flow", adds_up=True, basis="cumulative"),  # amounts add up to the year
        Kind("flow_growth", adds_up=True, basis="cumulative", rate="growth"),  # the year's sum against last year's, in %
        Kind("plan_share", adds_up=True, basis="cumulative", rate="share"),  # the year's sum against the plan in force, in %
        Kind("published_growth", adds_up=False, basis="cumulative", rate="growth", verb="grows"),  # published for the year to date, in %
        Kind("level", adds_up=False, basis="level"),  # a state on a day
        Kind("counted_up", adds_up=False, basis="level", never_falls=True),  # a state on a day that only grows: models, kilometres, cards
        Kind("population_share", adds_up=False, basis="level"),  # a state on a day, 0 to 100%
        Kind("zero", adds_up=False, basis="level", verb="leaves", must_be_nil=True),  # a count that must be nil
        Kind("assessment", adds_up=False, basis="year"),  # assessed once a year
    )
})  # fmt: skip
