"""What is said of all lines at once: what changed since the last report, how many will be met together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from kpi_lib import charts, compare, words
from kpi_lib import narrative as nr
from kpi_lib.definitions.events import DatedEvent
from kpi_lib.definitions.indicators import Unit, day
from kpi_lib.definitions.owners.assumptions import KeptScenario
from kpi_lib.narrative import choices
from kpi_lib.narrative.choices import chosen
from kpi_lib.outlook.changes import STEPS, Amended, Changes
from kpi_lib.outlook.joint import Joint, joint
from kpi_lib.outlook.lines import year_over
from kpi_lib.outlook.values.outlook import DANGER, of_outlook
from kpi_lib.outlook.values.together import of_changes, of_joint
from kpi_lib.outlook.verdict import Outlook, verdict_word
from kpi_lib.page.markup import LINE, NUMBER, Columns, Heading, Html, Stack, folded, table
from kpi_lib.page.record import settled_sentence
from kpi_lib.record.ledger import read_ledger, since_last
from kpi_lib.record.settlement import settle
from kpi_lib.words.bound import Part
from kpi_lib.words.messages import Opening, Text, Words, say
from kpi_lib.words.values import Values

STEP_WORDS = {
    "method": Text("method changed"),
    "revisions": Text("revisions of old figures"),
    "new_figures": Text("new figures"),
    "events": Text("events written down or withdrawn"),
    "plan_or_target": Text("plan or target set anew, no news of results"),
}
FIRST_CHANGES = 4  # lines shown at once, the largest change of chance first, besides those in danger or with another word
_SAME = Text("no line changed its projection or probability")


def changed(obs: pd.DataFrame, unit: Unit, items: Sequence[Outlook], *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """Every line whose projection or chance moved since the last report, the largest change of chance first; nothing in a first report.

    Last, what the published outlooks whose year has ended were worth.
    """
    compared = since_last(obs, unit, items, as_of=day(as_of))
    settled = settled_sentence(settle(read_ledger(unit.id), obs, unit=unit, as_of=day(as_of)), lang)
    if compared is None:
        return Stack((settled,) if settled else ())
    previous, lines = compared
    moved = moved_lines(lines)
    since = say("Since the report of {day}", lang, day=previous)
    if not moved:
        return Stack((words.Sentence((f"{since}: {_SAME[lang]}.",), style="note"), settled))
    notes = [sentence for line in moved for sentence in amended_sentences(line, lang)]
    shown = [line for number, line in enumerate(moved) if number < FIRST_CHANGES or line.outlook.status in DANGER or _turned(line)]
    rest = [line for line in moved if line not in shown]
    wording = say("{rest:other line|other lines}, none in danger, that changed less", lang, rest=len(rest))
    return Stack((_table(shown, since, lang), folded(wording, _table(rest, since, lang)) if rest else None, *notes, settled))


def moved_lines(lines: Sequence[Changes]) -> list[Changes]:
    """The lines that moved, the largest change of chance first."""
    return sorted((line for line in lines if line.moved), key=lambda line: -abs(sum(line.rounded_probability().values())))


def _turned(line: Changes) -> bool:
    """Whether the verdict has another word now."""
    both = line.before.probability, line.after.probability
    return bool(np.isfinite(both).all()) and verdict_word(both[0]) != verdict_word(both[1])


def changed_one(obs: pd.DataFrame, unit: Unit, item: Outlook, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """One line's change since the last report, in a sentence, the amounts in a table, and how its chance walked over the reports of the year."""
    compared = since_last(obs, unit, [item], as_of=day(as_of))
    if compared is None or not compared[1]:
        return Stack(())
    line, course = compared[1][0], charts.walk(item, read_ledger(unit.id), lang)
    return Stack((sentence(line, lang), _table([line], "", lang) if line.moved else None, *amended_sentences(line, lang), course))


# ---- all lines together ----------------------------------------------------------------------------------------------------------


def all_lines(items: Sequence[Outlook], lang: str = "vi") -> Stack:
    """How many lines and groups will be met, the chance of all, and the line that binds."""
    if year_over(items):
        return Stack(())
    held = joint(items)
    if len(held.lines) < 2 or _decided(held):
        return Stack(())
    return Stack((_how_many(held, lang), _distribution(held, lang), _ties(held, lang)))


def how_many_sentence(items: Sequence[Outlook], lang: str = "vi") -> words.Sentence | None:
    """How many lines and groups will be met, in one sentence; None where the year is over or nothing is left to chance."""
    held = joint(items)
    return None if _decided(held) or year_over(items) else _how_many(held, lang)


def _decided(held: Joint) -> bool:
    return all(item.probability in (0.0, 1.0) for item in held.lines)


def _how_many(held: Joint, lang: str) -> words.Sentence:
    """Counted by chances, which is not the count of lines called met or likely one by one: where they differ both are said, each with its name."""
    values = of_joint(held)
    of, best, low, high = (words.counted(values, f"lines_{label}", lang) for label in ("judged", "most_likely", "low", "high"))
    groups, grouped = (words.counted(values, f"groups_{label}", lang) for label in ("judged", "most_likely"))
    good = words.counted(values, "lines_good", lang)
    apart = Text(" (more than the {good} met or likely to be one by one, for the others may be met too)")
    fewer = Text(" (fewer than the {good} met or likely to be one by one, for each of these may be missed)")
    side = compare.side(best.value, good.value)
    return words.sentence(
        "Adding up the chances of all {of:target|targets} that can be judged, most likely {best} will be met{apart} (80%: {low} to {high}){groups}. "
        "The chance of meeting all is {every}; the least likely is {line}.",
        lang,
        of=of,
        best=best,
        apart=[] if side == "equal" else words.filled(apart if side == "over" else fewer, lang, good=good),
        low=low,
        high=high,
        groups=words.filled("; of {groups:whole group|whole groups} of the resolution, {grouped}", lang, groups=groups, grouped=grouped)
        if groups.value
        else "",
        every=words.likely(values, "all_met", lang),
        line=words.Quoted(f"“{held.binding.indicator.short[lang] if held.binding else ''}”"),
    )


def _distribution(held: Joint, lang: str) -> object:
    from kpi_lib import charts  # brings Altair

    return charts.together(held, lang, mark=held.lines[0].projection.unit.mark)


def _ties(held: Joint, lang: str) -> words.Sentence:
    """What ties the lines, and which are left out."""
    names = ", ".join(item.indicator.number or item.indicator.short[lang] for item in held.unjudged)
    return words.sentence(
        "What hits one line often hits others of its kind, so good and bad years come together; each line keeps its own chance.{unjudged}",
        lang,
        "note",
        unjudged=words.Quoted(say(" Not judged: lines {names}.", lang, names=names) if names else ""),
    )


def _moved(values: Values, label: str, decimals: int, lang: str) -> words.Shown:
    """A change with its sign, bound; what rounds to nothing has none."""
    return words.bound(values, label, lambda value: words.signed(value, decimals, lang) if compare.rounded(value, decimals) else "0")


def _table(lines: Sequence[Changes], since: str, lang: str) -> Html:
    """What moved each line, a column for every cause that moved any of them."""
    causes = [key for key in STEPS if any(line.rounded_median()[key] or line.rounded_probability()[key] for line in lines)]
    columns: Columns = {
        LINE: lambda name, before, moved, now: name,
        Heading(Text("Then"), NUMBER): lambda name, before, moved, now: before,
        **{Heading(Opening(STEP_WORDS[key]), NUMBER): lambda name, before, moved, now, key=key: moved[key] for key in causes},
        Heading(Text("Now"), NUMBER): lambda name, before, moved, now: now,
    }
    why = Text("Why the projection of the year (median) changed")
    caption = Text("{since}: why the projection of the year (median) changed", since=since) if since else why
    return table(columns, [row for line in lines for row in _rows(line, lang)], caption=caption, lang=lang, kind="wide")


def _rows(line: Changes, lang: str) -> Iterator[tuple[object, ...]]:
    """The projection of the year then, what moved it, and now; below it the chance, where there was one both times."""
    item, decimals, values = line.outlook, line.decimals, of_changes(line)
    name = f"{item.indicator.headed(item.indicator.short, lang)}, {item.projection.measure[lang]}"
    moved = {key: _moved(values, f"change_{key}", decimals, lang) for key in STEPS}
    yield name, words.plainly(values, "median_before", decimals, lang), moved, words.plainly(of_outlook(item), "median", decimals, lang)
    if np.isfinite(line.before.probability) and np.isfinite(line.after.probability):
        label = say("chance of meeting it (percentage points)", lang)
        moved = {key: _moved(values, f"points_{key}", 0, lang) for key in STEPS}
        yield f"– {label}", words.likely(values, "probability_before", lang), moved, nr.chance_of(item, lang)


def sentence(line: Changes, lang: str = "vi") -> words.Sentence:
    """The change in one sentence, its parts in the order of their size."""
    item, decimals, values = line.outlook, line.decimals, of_changes(line)
    if not line.moved:
        return words.sentence("Not changed since the report of {day}.", lang, "note", day=line.previous)
    causes: list[str | words.Shown] = []
    for key in sorted(STEPS, key=lambda step: -abs(values[f"change_{step}"])):
        if values[f"change_{key}"]:
            causes += ["; " if causes else ": ", f"{STEP_WORDS[key][lang]} ", _moved(values, f"change_{key}", decimals, lang)]
    if not values["change_total"]:
        still = Text("Since the report of {day} the projection of the year did not move{causes}{chances}.")
        return words.sentence(still, lang, day=line.previous, causes=causes, chances=_chances(line, lang))
    return words.sentence(
        "Since the report of {day} the projection of the year {moved} {amount} {measure}{causes}{chances}.",
        lang,
        day=line.previous,
        moved=chosen(values, "change_total", "moved", lang),
        amount=words.bound(values, "change_total", lambda value: words.number(abs(value), decimals, lang)),
        measure=item.projection.measure.difference,
        causes=causes,
        chances=_chances(line, lang),
    )


def _chances(line: Changes, lang: str) -> list[str | words.Shown]:
    old, new = line.before.probability, line.after.probability
    if not (np.isfinite(old) and np.isfinite(new)):
        return []
    before, after = words.likely(of_changes(line), "probability_before", lang), nr.chance_of(line.outlook, lang)
    if before.text == after.text:
        return words.filled("; the chance stays {chance}", lang, chance=after)
    return words.filled("; the chance went from {before} to {after}", lang, before=before, after=after)


def amended_sentences(line: Changes, lang: str = "vi") -> list[words.Sentence]:
    """A sentence for each plan, target or event that came since the last report, or was withdrawn: document, day, old and new value."""
    told = ((Text("event written down"), line.written), (Text("event withdrawn"), line.withdrawn))
    events = [_event(line, how, event, lang) for how, some in told for event in some]
    return [_amended(line, entry, lang) for entry in line.amended] + events + [_kept(line, each, lang) for each in line.kept]


def _kept(line: Changes, kept: KeptScenario, lang: str) -> words.Sentence:
    told = words.Quoted(say("{reason} ({author}, {day})", lang, reason=kept.reason, author=kept.author, day=kept.date))
    return words.sentence("{line}: scenario kept: {scenario}.", lang, "note", line=line.outlook.indicator.short, scenario=told)


def _event(line: Changes, how: Words, event: DatedEvent, lang: str) -> words.Sentence:
    told = words.Quoted(
        say("{what} ({document}; {who}, {day})", lang, what=event.what, document=event.document, who=event.who, day=event.on)
    )
    return words.sentence("{line}: {how}: {event}.", lang, "note", line=line.outlook.indicator.short, how=how, event=told)


def _amended(line: Changes, entry: Amended, lang: str) -> words.Sentence:
    kind = {"plan": Text("the year's plan"), "target": Text("the year's target")}[entry.what]
    version = Text("{kind} ({version})", kind=kind, version=choices.version_words(entry.version, line.outlook.projection.unit))
    of = of_changes(line)
    old = words.bound(of, f"{entry.label}_before", lambda value: words.trimmed(value, 1, lang))
    fields: dict[str, Part] = {
        "line": line.outlook.indicator.short,
        "kind": kind if entry.version == "adopted" else version,
        "new": words.bound(
            of, f"{entry.label}_after", lambda value: words.with_measure(words.trimmed(value, 1, lang), entry.measure, lang)
        ),
        "by": words.Quoted(say("({document}, {day})", lang, document=entry.document, day=entry.adopted)),
    }
    if not np.isfinite(entry.before):
        return words.sentence("{line}: {kind} set at {new} {by}.", lang, "note", **fields)
    step = f"{entry.label}_step"
    amended, to = chosen(of, step, "amended", lang), chosen(of, step, "up to", lang)
    return words.sentence("{line}: {kind} {amended} from {old} {to} {new} {by}.", lang, "note", amended=amended, old=old, to=to, **fields)
