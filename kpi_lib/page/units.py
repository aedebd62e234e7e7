"""The page on the units below a unit: which will miss what, who owes figures, how many will meet each line; as they published it, no score."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from kpi_lib import compare, words
from kpi_lib.definitions import folders
from kpi_lib.definitions.indicators import Indicator, Unit, day, read_unit
from kpi_lib.figures.observations import read_observations
from kpi_lib.outlook.hierarchy.sums import ChildrenSum, Missing
from kpi_lib.outlook.values.sums import of_sum
from kpi_lib.outlook.verdict import GOOD, GREY, STATUSES
from kpi_lib.page.deliveries import owed_rows, period_of
from kpi_lib.page.markup import NUMBER, Columns, Heading, Html, Stack, folded, piece, small, table
from kpi_lib.record.replays import outlooks
from kpi_lib.record.values.data import Owed
from kpi_lib.record.values.pooled import Pooled, of_pooled, pooled
from kpi_lib.record.values.record import MANY
from kpi_lib.record.values.units import PublishedBelow, below, of_all, of_line_below, of_unit_below, read_published, sums_below
from kpi_lib.words.messages import KpiError, Text, in_context, listed, plural, say
from kpi_lib.words.values import Values

WORST = 5  # units named
UNIT = Heading(in_context("a place", "Unit"), heads_row=True, quotes=True)


def units_below(unit: Unit, year: int, *, as_of: dt.date | str) -> PublishedBelow:
    """What the units below published last by a day; the other parts show it."""
    return read_published(unit, year, day(as_of))


def units_answer(found: PublishedBelow, lang: str = "vi") -> Stack:
    """The answer in a few lines: the line most in danger and who is furthest from it, the units with most lines in danger, who has no report."""
    if not (found.units or found.without):
        return Stack((words.sentence("There are no units below this one.", lang, "note"),))
    every = of_all(found)
    counts = {label: words.counted(every, label, lang) for label in ("all", "reported")}
    told = words.sentence("Of {all:unit|units} below, {reported} have published a report.", lang, "note", **counts)
    missing = words.sentence(
        "No report, so nothing is known of: {units}.", lang, "note", units=words.Quoted(listed(found.without, "; ")[lang])
    )
    worst = [words.Sentence(tuple(_worst_line(found, lang)), "answer"), _furthest(found, lang)] if found.endangered else []
    units = _reddest(found, lang)
    reddest = words.sentence("Most lines in danger: {units}.", lang, "lead", units=units) if units else None
    return Stack((*worst, reddest, told, missing if found.without else None))


def _worst_line(found: PublishedBelow, lang: str) -> list[str | words.Shown]:
    ind = found.endangered[0]
    values = of_line_below(found, ind)
    told = {label: words.counted(values, label, lang) for label in ("judged", "most_likely", "low80", "high80")}
    counts = Text("Of {judged:unit|units} judged, most likely {most_likely} will meet it (80%: {low80} to {high80}).")
    heading = (
        Text("Line most in danger: {line}.")
        if _reddest(found, lang)
        else Text("No unit is unlikely to meet a line; the least sure: {line}.")
    )
    return [*words.filled(heading, lang, line=words.Quoted(ind.short[lang])), " ", *words.filled(counts, lang, **told)]


def _furthest(found: PublishedBelow, lang: str) -> words.Sentence | None:
    units = _worst_units(found, found.endangered[0], lang)
    return words.sentence("Furthest from it: {units}.", lang, "lead", units=units) if units else None


def _worst_units(found: PublishedBelow, ind: Indicator, lang: str) -> list[Any]:
    """The units with the least chance of a line, each with it; of those that met it or are likely to, none."""
    by_id, own = {unit.id: unit for unit in found.units}, found.on(ind)
    parts: list[Any] = []
    for name in own[~own["word"].isin(GOOD)]["chance"].dropna().index[:WORST]:
        chance = words.likely(of_unit_below(found, by_id[name]), f"{ind.id}_chance", lang)
        parts += [
            *(["; "] if parts else []),
            *words.filled("{unit} ({chance})", lang, unit=words.Quoted(by_id[name].name[lang]), chance=chance),
        ]
    return parts


def _reddest(found: PublishedBelow, lang: str) -> list[Any]:
    parts: list[Any] = []
    told_of = [(unit, of_unit_below(found, unit)) for unit in found.units]
    fifth = told_of[min(WORST, len(told_of)) - 1][1]["danger"] if told_of else 0
    for unit, values in told_of[: 2 * WORST]:  # who has as many as the last one named is named, too, ten at most
        if values["danger"] < max(fifth, 1):
            break
        counts = {label: words.counted(values, label, lang) for label in ("danger", "judged")}
        told = words.filled("{unit} ({danger} of {judged:line|lines})", lang, unit=words.Quoted(unit.name[lang]), **counts)
        parts += [*(["; "] if parts else []), *told]
    return parts


def units_table(found: PublishedBelow, lang: str = "vi") -> Stack:
    """Units by lines, the reddest unit and the line most in danger first: the shape of each verdict and its chance, with what the shapes mean."""
    if not found.units:
        return Stack(())
    rest = [ind for ind in found.lines if ind not in found.endangered]
    columns: Columns = {
        UNIT: lambda unit, own, values: piece("link", address, unit.name[lang]) if (address := _report(found, unit)) else unit.name[lang]
    }
    columns = {
        **columns,
        **{
            Heading(ind.short, NUMBER): lambda unit, own, values, key=ind.id: _mark(own, values, key, lang)
            for ind in (*found.endangered, *rest)
        },
    }
    things = [(unit, found.of(unit), of_unit_below(found, unit)) for unit in found.units]
    caption = Text("Every unit and line: the shape of the verdict and the chance of meeting the target, the reddest first")
    alike = groupby(STATUSES.values(), key=lambda status: status.symbol)  # two words of one shape stand side by side
    shapes = listed([listed((symbol, listed([status.name for status in own], ", ")), " ") for symbol, own in alike], " · ")
    order = Text(
        "Units stand by how many lines are missed or unlikely to be met, of two alike by how many of these are missed or very unlikely: a count, no score. Lines: the one that the smallest share of the units will most likely meet first."
    )
    return Stack((
        table(columns, things, caption=caption, lang=lang, kind="wide matrix"),
        words.Sentence((words.Quoted(shapes[lang]),), "note"),
        words.sentence(order, lang, "note"),
        _own_lines(found, lang),
    ))  # fmt: skip


def _own_lines(found: PublishedBelow, lang: str) -> words.Sentence | None:
    """The lines that few units track, which are compared with nobody's."""
    compared = {ind.id for ind in found.lines}
    own = [(unit, ind) for unit in found.units for key, ind in unit.indicators.items() if key not in compared]
    told = [f"{ind.short[lang]} ({', '.join(unit.name[lang] for unit, _ in each)})" for ind, each in _by_line(own)]
    return (
        words.sentence("Lines of few units, on their own reports: {lines}.", lang, "note", lines=words.Quoted("; ".join(told)))
        if told
        else None
    )


def _by_line(own: Sequence[tuple[Unit, Indicator]]) -> Iterator[tuple[Indicator, list[tuple[Unit, Indicator]]]]:
    for _, each in groupby(sorted(own, key=lambda pair: pair[1].id), key=lambda pair: pair[1].id):
        pairs = list(each)
        yield pairs[0][1], pairs


def _mark(own: Any, values: Any, line: str, lang: str) -> object:
    if line not in own.index:
        return "–"
    word = STATUSES[own.loc[line, "word"]]
    chance = words.likely(values, f"{line}_chance", lang) if np.isfinite(own.loc[line, "chance"]) and word.key not in GREY else ""
    return piece("mark", word.key, word.symbol, word.name[lang], chance)


def _report(found: PublishedBelow, unit: Unit) -> str:
    """Where the report of a unit lies, seen from a page of another; empty where its folder is not there."""
    when = found.rows.loc[found.rows["unit"] == unit.id, "as_of"].max().date()
    there = [name for name in (f"{when}", f"{when}-month") if (folders.processed(unit.id) / "reports" / name / "index.html").exists()]
    return f"../../../{unit.id}/reports/{there[0]}/index.html" if there else ""


def units_lines(found: PublishedBelow, lang: str = "vi") -> Stack:
    """Line by line, the one most in danger first: how many units will meet it, as a distribution, and who is furthest from it."""

    def count(label: str) -> Any:
        return lambda ind, values: words.counted(values, label, lang)

    def met(ind: Indicator, values: Any) -> object:
        return count("most_likely")(ind, values), small("80%: ", count("low80")(ind, values), " – ", count("high80")(ind, values))

    columns: Columns = {
        Heading(Text("Line"), heads_row=True, quotes=True): lambda ind, values: ind.short[lang],
        Heading(Text("Units judged"), NUMBER): count("judged"),
        Heading(Text("Will meet it, most likely"), NUMBER): met,
        Heading(Text("At most, with those that cannot be judged"), NUMBER): count("at_most"),
        Heading(Text("Met or likely"), NUMBER): count("good"),
        Heading(Text("In danger"), NUMBER): count("danger"),
        Heading(Text("Furthest from it")): lambda ind, values: tuple(_worst_units(found, ind, lang)) or "–",
    }
    things = [(ind, of_line_below(found, ind)) for ind in found.endangered]
    note = Text(
        "The counts take each unit's chance as it was published and the units as independent; a year that is bad or good for all makes them wider. A chance that few years bear out is never said to be sure, and the counts keep that doubt."
    )
    waiting = [ind.short for ind in found.lines if ind not in found.endangered]
    silent = words.sentence("No unit can be judged yet on: {lines}.", lang, "note", lines=words.Quoted(listed(waiting, "; ")[lang]))
    shown = table(columns, things, caption=Text("How many units will meet each line"), lang=lang, kind="units")
    return Stack((shown, words.sentence(note, lang, "note") if things else None, silent if waiting else None))


def units_owe(unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """Who owes figures since when: unit by unit, the longest owed first; those whose files cannot be read are named."""
    moment, owing, faults = day(as_of), [], []
    for name in below(unit):
        try:
            child = read_unit(name, as_of=moment)
            if rows := owed_rows(read_observations(name, as_of=moment), child, moment):
                owing.append((child, rows))
        except KpiError:
            faults.append(name)
    columns: Columns = {
        UNIT: lambda child, rows: child.name[lang],
        Heading(Text("Owed since")): lambda child, rows: words.date_text(rows[0].due, lang),
        Heading(Text("Figures owed")): lambda child, rows: piece("lines", tuple(map(words.Quoted, _owed(child, rows, lang)))),
    }
    owing.sort(key=lambda each: (each[1][0].due, -len(each[1]), each[0].id))
    shown = table(columns, owing, caption=Text("Who owes figures, the longest owed first"), lang=lang, kind="units")
    broken = words.sentence(
        "Files that cannot be read, so what is owed is not known: {units}.", lang, "note", units=words.Quoted(", ".join(faults))
    )
    return Stack((shown if owing else words.sentence("Nobody owes figures.", lang, "note"), broken if faults else None))


def _owed(unit: Unit, rows: Sequence[Owed], lang: str) -> Iterator[str]:
    """What is owed, office by office."""
    for office in dict.fromkeys(row.indicator.duty.owner[lang] for row in rows):
        own = [row for row in rows if row.indicator.duty.owner[lang] == office]
        told = [
            say(
                "{line} (from {period} on)",
                lang,
                line=row.indicator.short,
                period=period_of(row.indicator, row.end, unit.calendar_of(row.indicator), lang),
            )
            for row in own
        ]
        yield f"{office}: {', '.join(told)}"


def units_sums(unit: Unit, year: int, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """What the units below come to together, line by line, beside what is asked of them all and the unit's own projection; the silent ones with what they may add."""
    found = sums_below(unit, outlooks(read_observations(unit.id, as_of=as_of), unit, year, as_of=as_of))
    things = [(one, of_sum(one)) for one in found]
    note = Text(
        "Each unit is projected from what was known on this day; years that are good or bad for all widen the sum. Units without usable figures are counted between the least and the most that their size allows. A target in % asks of the units what it comes to on their own base."
    )
    if not found:
        return Stack(
            (words.sentence("No sum: the units below hold too few of the residents, or none of these lines adds up.", lang, "note"),)
        )
    return Stack((
        table(_sum_columns(lang), things, caption=Text("The units below together, and the unit's own projection"), lang=lang, kind="units"),
        words.sentence(note, lang, "note"),
        *(folded(say("Without usable figures: {line}", lang, line=one.indicator.short), _silent(one, values, lang)) for one, values in things if one.missing),
    ))  # fmt: skip


def _sum_columns(lang: str) -> Columns:
    def amount(label: str) -> Any:
        def cell(one: ChildrenSum, values: Any) -> object:
            if not np.isfinite(values[label]):
                return "–"
            number = words.plainly(values, label, one.indicator.natural_decimals, lang)
            return piece("withheld", number) if label != "goal" and _gives_away(one) else number

        return cell

    def together(one: ChildrenSum, values: Any) -> object:
        return amount("middle")(one, values), small("80%: ", amount("low80")(one, values), " – ", amount("high80")(one, values))

    def chance(_one: ChildrenSum, values: Any) -> object:
        if not np.isfinite(values["worst"]):
            return "–"
        worst, best = (words.likely(values, label, lang) for label in ("worst", "best"))
        return worst if worst.text == best.text else (worst, " – ", best)

    def difference(one: ChildrenSum, values: Any) -> object:
        whole = amount("difference")(one, values)
        if not np.isfinite(values["outside"]):
            return whole
        outside = words.filled("{outside} already last year", lang, outside=amount("outside")(one, values))
        return whole, small(*outside), small(*words.filled("{pace} by another pace", lang, pace=amount("pace")(one, values)))

    return {
        Heading(Text("Line"), heads_row=True, quotes=True): lambda one, values: (
            one.indicator.short[lang],
            small(one.indicator.natural_measure[lang]),
        ),
        Heading(Text("Units with figures"), NUMBER): lambda one, values: (
            words.counted(values, "known", lang), "/", words.counted(values, "units", lang),
        ),
        Heading(Text("Together"), NUMBER): together,
        Heading(Text("Asked of them"), NUMBER): amount("goal"),
        Heading(Text("Chance of it"), NUMBER): chance,
        Heading(Text("Own projection"), NUMBER): amount("own"),
        Heading(Text("Difference"), NUMBER): difference,
    }  # fmt: skip


def _gives_away(one: ChildrenSum) -> bool:
    """Whether the sum would tell a small count of a unit."""
    return one.indicator.whole and compare.TOTAL in compare.withheld({child.unit.id: child.middle for child in one.children})


def _silent(one: ChildrenSum, values: Any, lang: str) -> Html:
    def end(label: str) -> Any:
        def cell(each: Missing) -> object:
            key = f"{each.unit.id}_{label}"
            return words.plainly(values, key, one.indicator.natural_decimals, lang) if np.isfinite(values[key]) else "–"

        return cell

    columns: Columns = {
        UNIT: lambda each: each.unit.name[lang],
        Heading(Text("Why"), quotes=True): lambda each: each.reason[lang],
        Heading(Text("Counted at, least"), NUMBER): end("least"),
        Heading(Text("Counted at, most"), NUMBER): end("most"),
    }
    return table(columns, [(each,) for each in one.missing], caption=Text("Units without usable figures"), lang=lang)


def units_compared(found: PublishedBelow, lang: str = "vi") -> Stack:
    """Like with like, one line a table: projected year, target, projected for so many residents; small counts marked."""
    amounts = [ind for ind in found.lines if not ind.natural_measure.percent and found.on(ind)["median"].notna().any()]
    tables = [folded(ind.short[lang], _compared(found, ind, lang)) for ind in amounts]
    note = Text(
        "* withheld in a copy for the public (kpi share --public): fewer than {few}, which may be persons one could name, or what would give these away.",
        few=str(compare.FEW),
    )
    return Stack((*tables, words.Sentence((words.Quoted(note[lang]),), "note") if tables else None))


def _compared(found: PublishedBelow, ind: Indicator, lang: str) -> Html:
    own, by_id = found.on(ind), {unit.id: unit for unit in found.units}
    counts = own["median"].dropna().to_dict() if ind.whole else {}
    hidden = compare.withheld(counts)

    def shown(label: str, decimals: int) -> Any:
        def cell(unit: Unit, values: Any) -> object:
            if not np.isfinite(values[f"{ind.id}_{label}"]):
                return "–"
            number = words.plainly(values, f"{ind.id}_{label}", decimals, lang)
            return piece("withheld", number) if unit.id in hidden else number

        return cell

    columns: Columns = {
        UNIT: lambda unit, values: unit.name[lang],
        Heading(Text("Projected year"), NUMBER): shown("median", ind.natural_decimals),
        Heading(Text("Target"), NUMBER): shown("target", ind.natural_decimals),
        Heading(Text("Projected, of the target (%)"), NUMBER): shown("of_target", 0),
        Heading(Text("Projected for a thousand residents"), NUMBER): shown("per_head", 2),
    }
    caption = Text("{line} ({measure}), the least likely first", line=ind.short, measure=ind.natural_measure)
    return table(columns, [(by_id[name], of_unit_below(found, by_id[name])) for name in own.index], caption=caption, lang=lang)


def units_record(unit: Unit, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """What the units below published and how it ended, held together; nothing where no year of theirs has ended."""
    found = pooled(below(unit), as_of=day(as_of))
    if not len(found.settled):
        return Stack(())
    faults = words.sentence("Left out: {units}.", lang, "note", units=words.Quoted(listed(found.faults, "; ")[lang]))
    groups = list(of_pooled(found))[1:] if len(found.judged) >= MANY else []
    return Stack(
        (
            *pooled_sentences(found, lang),
            *(_came_true(values, len(found.groups), lang) for values in groups),
            faults if found.faults else None,
        )
    )


def pooled_sentences(found: Pooled, lang: str = "vi") -> list[words.Sentence]:
    """The record of many units in two sentences: how many outlooks ended inside their interval, what the chances scored."""
    values = next(of_pooled(found))
    counts = {label: words.counted(values, label, lang) for label in ("settled", "units", "inside80", "judged", "targets")}
    outlooks = words.filled(plural("{settled} outlook", "{settled} outlooks", n=int(values["settled"])), lang, settled=counts["settled"])
    units = words.filled(plural("{units} unit", "{units} units", n=int(values["units"])), lang, units=counts["units"])
    held = Text("{outlooks} of {units} whose year has ended; inside the 80% interval: {inside}.")
    told = [words.sentence(held, lang, "fact", outlooks=outlooks, units=units, inside=counts["inside80"])]
    if values["judged"]:
        score = Text(
            "Score of {judged:chance|chances} on {targets:target|targets}: {brier} (less is better; whoever always says fifty-fifty scores a quarter)."
        )
        brier = words.plainly(values, "brier", 3, lang)
        told += [words.sentence(score, lang, "fact", brier=brier, judged=counts["judged"], targets=counts["targets"])]
    return told


def _came_true(values: Values, groups: int, lang: str) -> Html:
    """The chances stated, by the status words' ranges, and how often the target was then met."""

    def share(label: str) -> Any:
        return lambda number: words.likely(values, f"{label}_{number}", lang)

    columns: Columns = {
        Heading(Text("Mean chance stated"), NUMBER, heads_row=True): share("stated"),
        Heading(Text("Share met"), NUMBER): share("met"),
        Heading(Text("90% interval"), NUMBER): lambda number: (share("met_low90")(number), " – ", share("met_high90")(number)),
        Heading(Text("Chances"), NUMBER): lambda number: words.counted(values, f"chances_{number}", lang),
    }
    caption = Text("Chances that the units below stated, and what came of them")
    return table(columns, [(number,) for number in range(1, groups + 1)], caption=caption, lang=lang)
