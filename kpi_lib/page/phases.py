"""The phased plan on a line's page: every period with its plan, what it brought, and what those left have to bring."""

from __future__ import annotations

import math

from kpi_lib import compare, words
from kpi_lib import narrative as nr
from kpi_lib.narrative.choices import STATUS_WORDS
from kpi_lib.narrative.phases import phase_amount, phase_bare, phase_distance, phase_sentence, phase_share
from kpi_lib.outlook.phases import Phased, Step, phased
from kpi_lib.outlook.values.phases import of_phases
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.data import period_text
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, small, table
from kpi_lib.words.messages import Named, Text, listed
from kpi_lib.words.values import Values


def phased_plan(outlook: Outlook, lang: str = "vi") -> tuple[object, ...]:
    """How the latest period stands against the phased plan, the table of all, and whose plan it is; empty without one."""
    plan = phased(outlook)
    if not plan.steps:
        return ()
    return phase_sentence(outlook, lang, plan), _table(outlook, plan, lang), _source(outlook, plan, lang)


def _table(outlook: Outlook, plan: Phased, lang: str) -> Html:
    values, projection = of_phases(outlook, plan), outlook.projection

    def figure(name: str, step: Step) -> object:
        label = f"phase_{name}.{step.phase.key}"
        return phase_bare(values, label, outlook, lang) if math.isfinite(values[label]) else "–"

    columns: Columns = {
        Heading(Text("Period"), heads_row=True, quotes=True): lambda step: period_text(
            step.phase.basis, step.phase.period, lang, projection.calendar
        ),
        Heading(Text("Plan"), NUMBER): lambda step: figure("planned", step),
        Heading(Text("Reached"), NUMBER): lambda step: (
            (figure("reached", step), small(STATUS_WORDS[step.kind][lang])) if step.judged else "–"
        ),
        Heading(Text("Against the plan"), NUMBER): lambda step: _against(values, step, outlook, lang),
    }
    carried: Columns = {Heading(Text("With what is missing"), NUMBER): lambda step: figure("carried", step)} if plan.next else {}
    caption = Text("Phased plan of {year}", year=projection.named())
    return table(
        {**columns, **carried},
        zip(plan.steps),
        caption=Named(f"{caption[lang]} ({projection.measure[lang]})"),
        lang=lang,
        kind="phases slim",
    )


def _against(values: Values, step: Step, outlook: Outlook, lang: str) -> object:
    if not step.judged:
        return "–"
    distance = phase_distance(values, step, outlook, lang, Text("points") if outlook.projection.measure.points else words.NO_MEASURE)
    share = math.isfinite(values[f"phase_share.{step.phase.key}"])
    return (*distance, small(phase_share(values, step, lang))) if share else distance


def _source(outlook: Outlook, plan: Phased, lang: str) -> words.Sentence:
    """The documents of the plan and, where its periods do not add up to the year's target, by how much."""
    named = listed([Text("{document} ({day})", document=phase.document, day=phase.adopted) for phase in plan.documents], "; ")
    values = of_phases(outlook, plan)
    total, goal = values["phase_total"], outlook.threshold
    differs = math.isfinite(total) and math.isfinite(goal) and not compare.meets(total, "=", goal)
    sums = {"total": phase_amount(values, "phase_total", outlook, lang), "goal": nr.amount(outlook, "threshold", lang)} if differs else {}
    parts = words.filled(" The periods add up to {total}, the year's target asks for {goal}.", lang, **sums) if differs else ""
    return words.sentence("Plan by period: {documents}.{differs}", lang, "note", documents=words.Quoted(named[lang]), differs=parts)
