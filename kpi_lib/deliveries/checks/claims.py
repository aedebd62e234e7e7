"""What a row claims beside its figures, and the plans it brings, against what is known."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_lib.definitions.targets import has_document, plan_values
from kpi_lib.deliveries.checks.case import Case, check, flows
from kpi_lib.deliveries.delivery import Amount, Claim, DeliveredFigure, Fault, InMeasure, seen
from kpi_lib.words.messages import Field, Text


@check
def claimed(case: Case) -> Iterator[Fault]:
    """Percentages and last year's figures of the same row against the figures."""
    totals = {(item.indicator, item.series, case.end(item)): item for item in flows(case) if item.basis == "cumulative"}
    months = {(item.indicator, item.series, case.end(item)): item for item in flows(case) if item.basis == "month"}
    bases = {(c.indicator, c.series, case.end(c)): c.value for c in case.reading.claims if c.kind == "same_period"}
    for claim in case.reading.claims:
        place = (claim.indicator, claim.series, case.end(claim))
        total = totals.get(place) or (months.get(place) if case.month(claim)[1] == 1 else None)
        if claim.kind == "percent_of_plan" and total is not None:
            yield from _plan_claim(case, claim, total)
        elif claim.kind == "percent_of_same_period" and total is not None:
            yield from _same_period_claim(case, claim, total, bases.get(place))
        elif claim.kind == "same_period":
            year, number = case.month(claim)
            known = case.of(claim).sums.get((year - 1, number))
            if known and abs(claim.value / known - 1) > max(
                0.02, case.limits[claim.indicator].rare if claim.indicator in case.limits else 0.1
            ):
                yield case.told(
                    "same_period_differs",
                    claim,
                    seen("the table says {value}, known is {known}", value=claim.value, known=known),
                )


def _plan_claim(case: Case, claim: Claim, total: DeliveredFigure) -> Iterator[Fault]:
    plans = [p.value for p in case.reading.plans if p.indicator == claim.indicator and p.measure == total.measure]
    plans += plan_values(case.plans, claim.indicator, case.month(claim)[0], total.measure, as_of=case.received).values()
    if not plans or claim.value <= 0:
        return
    computed = [total.value / plan * 100 for plan in plans if plan]
    if any(abs(claim.value - value) <= 0.006 * value + 0.06 for value in computed):
        return
    implied = total.value / claim.value * 100
    found = seen(
        "{claimed}%, reckoned {computed}%: that implies a plan of {implied} instead of {plan}",
        claimed=round(claim.value, 2), computed=round(computed[0], 2), implied=round(implied, 1), plan=plans[0],
    )  # fmt: skip
    yield case.told("plan_percent_differs", claim, found)


def _same_period_claim(case: Case, claim: Claim, total: DeliveredFigure, base: float | None) -> Iterator[Fault]:
    year, number = case.month(claim)
    last = base or case.of(total).sums.get((year - 1, number))
    if not last:
        return
    computed = total.value / last * 100
    slack = 0.6 + 0.01 * computed + 100 * min(case.limits[total.indicator].rare, 0.35) * (base is None) * computed / 100
    if abs(claim.value - computed) <= slack:
        return
    shares = {"claimed": round(claim.value, 2), "computed": round(computed, 2)}
    if abs(claim.value + 100 - computed) <= slack or abs(claim.value - 100 - computed) <= slack:
        yield case.told("equal_or_increase", claim, seen("{claimed}%, reckoned {computed}% of last year's", **shares))
        return
    amounts = {"sum": total.value, "last": last}
    found = seen("{claimed}%, reckoned {computed}% ({sum} to date, {last} in the same period last year)", **shares, **amounts)
    yield case.told("same_period_percent_differs", claim, found, holds=(total.cell,))


@check
def plan_changes(case: Case) -> Iterator[Fault]:
    """A plan other than the one in force, with or without a document."""
    for plan in case.reading.plans:
        old = plan_values(case.plans, plan.indicator, plan.year, plan.measure, as_of=case.received).get(plan.version)
        if old is not None and abs(plan.value - old) <= 1e-9 * max(1.0, abs(old)):
            continue
        new: dict[str, Field] = {"value": Amount(plan.value), "measure": InMeasure(plan.measure)}
        first = Text("{value} {measure} (the year's first plan)", **new)
        found = first if old is None else seen("{value} {measure}, before {old}", old=old, **new)
        if plan.value <= 0 or (old and not 0.2 < plan.value / old < 5):
            yield case.told("plan_unlikely", plan, found)
        elif has_document(plan.document):
            yield case.told("plan_amended", plan, Text("{found}; document: {document}", found=found, document=plan.document))
        else:
            yield case.told("plan_changed", plan, found)
