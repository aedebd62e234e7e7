"""Why the projection is not what a rule of thumb says, in one sentence."""

from __future__ import annotations

from kpi_lib.forecast.models import MODELS
from kpi_lib.narrative.choices import chosen
from kpi_lib.narrative.shown import amount, bare
from kpi_lib.outlook.causes import PARTS, Unusual, causes
from kpi_lib.outlook.values.causes import of_causes
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.words.bound import Sentence, Shown, bound, filled, sentence
from kpi_lib.words.messages import Dated, Text, Words
from kpi_lib.words.numbers import number


def why(outlook: Outlook, lang: str = "vi") -> Sentence | None:
    """What moves the projection away from a rule of thumb that answers otherwise, with amounts that add up; None where none does."""
    found = causes(outlook)
    if found is None:
        return None
    values = of_causes(outlook)
    decimals = max(outlook.decimals(found.median), outlook.decimals(getattr(outlook.projection, found.rule)))
    causes_told: list[str | Shown] = []
    for name in sorted(PARTS, key=lambda part: -abs(values[f"why_{part}"])):
        if values[f"why_{name}"]:
            label = f"why_{name}"
            size = bound(values, label, lambda value: number(abs(value), decimals, lang))
            choice = f"why {name} {found.rule}" if name == "pattern" else f"why {name}"
            month = _unusual(outlook, found.unusual, lang) if name == "pattern" and found.unusual else []
            part = [chosen(values, label, choice, lang), *month, " (", chosen(values, label, "adds", lang), " ", size, ")"]
            causes_told += ["; " if causes_told else "", *part]
    return sentence(
        "Why the projection is {side} {rule} ({amount}): {causes}.",
        lang,
        "fact",
        side=chosen(values, "why", "than the rule", lang),
        rule=MODELS[found.rule].words,
        amount=amount(outlook, found.rule, lang),
        causes=causes_told,
    )


def _unusual(outlook: Outlook, part: Unusual, lang: str) -> list[str | Shown]:
    """The part of last year that stands out: ', nhất là tháng 8/2025 (21,3, thường khoảng 6,2)'."""
    values = of_causes(outlook)
    when: Words = Dated(part.end, "MMMM y") if part.months == 1 else Text("the months to {day}", day=part.end)
    words = Text(", above all {when} ({amount}, usually about {usual})")
    return filled(words, lang, when=when, amount=bare(outlook, "why_unusual", lang, values), usual=bare(outlook, "why_usual", lang, values))
