"""Words that say which way a value lies, or what a figure is: the one table of each."""

from __future__ import annotations

from kpi_lib.compare import MEETING, SIDES, Side, upwards
from kpi_lib.definitions.indicators import Unit
from kpi_lib.outlook.verdict import GOOD, STATUSES, UNLIKELY
from kpi_lib.words.bound import Word, worded
from kpi_lib.words.messages import Text, Words, in_context
from kpi_lib.words.values import Values

STATUS_WORDS = {
    "estimate": Text("estimate"),
    "actual": Text("actual"),
    "settled": Text("settled"),
    "derived": in_context("kind of figure", "derived"),
    "plan": Text("plan"),
}
VERSION_WORDS = {
    "adopted": Text("adopted locally"),
    "assigned": Text("assigned from above"),
    "operating": Text("set to run the year by"),
    "ambition": Text("ambition"),
    "draft": Text("draft, not adopted"),
    "revision": Text("the office's own revised estimate"),
    "reference": Text("mark of comparison"),
}
ADOPTED = {"country": Text("adopted by the National Assembly"), "province": Text("adopted by the province")}


def version_words(version: str, unit: Unit) -> Words:
    """A version of a target or plan in words: who adopted it depends on the level of the unit."""
    return ADOPTED.get(unit.level, VERSION_WORDS[version]) if version == "adopted" else VERSION_WORDS[version]


COMPARATOR_WORDS = {
    ">=": Text("{amount} or more"),
    ">": Text("more than {amount}"),
    "<=": Text("{amount} or less"),
    "<": Text("less than {amount}"),
    "=": Text("exactly {amount}"),
}
FALLING_WORDS = {  # of a growth target below nought, said of the fall
    ">=": Text("down by no more than {amount}"),
    ">": Text("down by less than {amount}"),
    "<=": Text("down by {amount} or more"),
    "<": Text("down by more than {amount}"),
    "=": Text("down by exactly {amount}"),
}
_FROM_BELOW: dict[Side, Words] = {"short": Text("short by"), "over": Text("over by")}
_FROM_ABOVE: dict[Side, Words] = {"short": Text("below by"), "over": Text("above by")}
_ON_IT = Text("exactly the target")
_EQUAL = {
    ">": Text("equal to the mark but has to pass it"),
    "<": Text("equal to the mark but has to be below it"),
}
# Where a value lies against its goal, by the goal's comparator and the side: the one table. A distance follows all but "equal".
SIDE_WORDS: dict[tuple[str, Side], Words] = {
    (comparator, side): _EQUAL.get(comparator, _ON_IT) if side == "equal" else (_FROM_BELOW if upwards(comparator) else _FROM_ABOVE)[side]
    for comparator in MEETING
    for side in SIDES
}

# Every word that says which way a value lies, by what the value says: -1, 0, 1, or the rank of a status. `chosen` takes them from here, and
# the proof of the pages holds the words on them against it.
CHOICES: dict[str, dict[int, Words]] = {
    **{f"side {comparator}": {n - 1: SIDE_WORDS[comparator, side] for n, side in enumerate(SIDES)} for comparator in MEETING},
    "status": {status.rank: status.name for status in STATUSES.values()},
    "status by an estimate": {  # of a year that is over: what its estimate says, no chance
        **{STATUSES[key].rank: Text("met by the estimate") for key in GOOD if key != "met"},
        **{STATUSES[key].rank: Text("missed by the estimate") for key in UNLIKELY},
        STATUSES["uncertain"].rank: Text("open by the estimate"),
    },
    "against the plan": {-1: Text("short by"), 0: Text("exactly as planned"), 1: Text("over by")},
    "against the plan, less is better": {-1: Text("below by"), 0: Text("exactly as planned"), 1: Text("above by")},
    "met": {0: Text("missed"), 1: Text("met")},
    "would": {0: Text("would miss it"), 1: Text("would meet it")},
    "milestone": {0: Text("not reached"), 1: Text("reached")},
    "inside": {0: Text("no"), 1: Text("yes")},
    "flips": {0: Text("the verdict holds"), 1: Text("the verdict flips")},
    "rise": {-1: Text("down"), 0: Text("up"), 1: Text("up")},
    "moved": {-1: Text("fell by"), 1: Text("rose by")},
    "amended": {-1: Text("lowered"), 1: Text("raised")},
    "up to": {-1: in_context("a lower value", "to"), 1: in_context("a higher value", "to")},
    "turn": {-1: Text("fall"), 1: Text("rise")},
    "a turn": {-1: Text("a fall"), 1: Text("a rise")},
    "against": {-1: Text("below the projection"), 1: Text("above the projection")},
    "than the rule": {-1: Text("below what is said by"), 1: Text("above what is said by")},
    "adds": {-1: Text("takes away"), 1: Text("adds")},
    "why pattern same_period": {
        -1: Text("last year brought more after this day, or less before it, than years usually do"),
        1: Text("last year brought less after this day, or more before it, than years usually do"),
    },
    "why pattern straight_line": {
        -1: Text("the months left usually bring less than those gone by"),
        1: Text("the months left usually bring more than those gone by"),
    },
    "why pace": {
        -1: Text("this year's pace is not expected to hold in full, going by the latest months and past years"),
        1: Text("the months left are expected to go better than the year so far, going by the latest months and past years"),
    },
    "why estimate": {
        -1: Text("the latest month's estimate is usually revised down"),
        1: Text("the latest month's estimate is usually revised up"),
    },
    "why events": {-1: Text("events written down by the office"), 1: Text("events written down by the office")},
    "why plan": {-1: Text("the year's plan lies lower"), 1: Text("the year's plan lies higher")},
    "more": {-1: Text("fewer people"), 1: Text("more people")},
}


def case_of(value: float, choice: str) -> int:
    """What a value says by a row of `CHOICES`: its sign, or itself where the row counts further.

    >>> case_of(-2.5, "rise"), case_of(0.0, "flips"), case_of(7.0, "status")
    (-1, 0, 7)
    """
    return round(value) if max(CHOICES[choice]) > 1 else (value > 0) - (value < 0)


def chosen(values: Values, label: str, choice: str, lang: str) -> Word:
    """The word that a value asks for, bound."""
    case = case_of(values[label], choice)
    return worded(f"{values.of}.{label}", case, choice, CHOICES[choice][case][lang])
