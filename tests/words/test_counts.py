"""Of one it is said as of one: every count in a message carries both forms of its noun, and an English unit of one loses its plural."""

from __future__ import annotations

import re

import pytest

from benchmarks import messages as tool
from kpi_lib import words
from kpi_lib.words.messages import Named, Text
from kpi_lib.words.numbers import with_measure
from kpi_lib.words.values import Values

COUNTED = re.compile(r"\{(\w+)\} (?:[a-z]+ )?([a-z]+s)\b")
VERBS = {  # what follows a field that is a name, not a count
    "answers", "asks", "begins", "belongs", "besides", "does", "grows", "has", "holds", "is", "leads", "makes", "names", "needs", "says", "takes", "tells", "this", "was", "as", "its", "less", "lies", "means", "stands",
}  # fmt: skip
NEVER_ONE = {
    "All {asked} questions to the unit are settled.",
    "Of {hundred} years like this one some {most} end at {low} to {high}; {nearly} in the paler band, {half} in the darker one.",
    "{stale} with figures too old to judge",
}
# Records of deliveries keep a message by its English words and are read for years; what-if sentences are filled by a script.
ELSEWHERE = ("kpi_lib/deliveries/", "kpi_lib/page/whatif")


def test_every_count_carries_both_forms_of_its_noun():
    bare = [
        message.id
        for message in tool.template()
        if isinstance(message.id, str) and message.id not in NEVER_ONE and not message.id.startswith("Record no.")
        and not any(str(place).startswith(ELSEWHERE) for place, _ in message.locations)
        and any(noun not in VERBS for _, noun in COUNTED.findall(message.id))
    ]  # fmt: skip
    assert bare == []


@pytest.mark.parametrize(
    ("n", "said"), [(1, "1 past year, 1 area reports"), (0, "0 past years, 0 areas report"), (21, "21 past years, 21 areas report")]
)
def test_two_counts_in_one_sentence_each_choose_their_form(n: int, said: str):
    text = Text("{years:past year|past years}, {areas:area reports|areas report}", years=n, areas=n)
    assert text["en"] == said
    values = Values("x", {"years": float(n), "areas": float(n)})
    bound = words.filled(text, "en", years=words.counted(values, "years", "en"), areas=words.counted(values, "areas", "en"))
    assert "".join(part if isinstance(part, str) else part.text for part in bound) == said


def test_a_language_without_such_forms_writes_its_noun_once():
    message = next(one.id for one in tool.template() if isinstance(one.id, str) and "{years:own year|own years})" in one.id)
    said = Text(message, why="Chỉ có số lũy kế", years=1)["vi"]
    assert "(1 năm" in said and "|" not in said


@pytest.mark.parametrize(("unit", "of_one"), [
    ("miles", "1 mile"), ("percentage points", "1 percentage point"), ("people", "1 person"), ("households", "1 household"), ("branches", "1 branch"),
    ("properties", "1 property"), ("miles of road", "1 mile of road"), ("million dollars", "1 million dollars"), ("businesses", "1 business"),
    ("km", "1 km"), ("thousand meals", "1 thousand meals"), ("houses", "1 house"), ("buses", "1 bus"),
    ("campuses", "1 campus"), ("nurses", "1 nurse"), ("time series", "1 time series"), ("protected species", "1 protected species"), ("litres of gas", "1 litre of gas"),
    ("analysis", "1 analysis"), ("bike lanes", "1 bike lane"),
])  # fmt: skip
def test_an_english_unit_of_one_is_said_as_of_one(unit: str, of_one: str):
    name = Named(en=unit, vi="đơn vị")
    assert with_measure("1", name, "en") == of_one
    assert with_measure("2", name, "en") == f"2 {unit}" and with_measure("1.0", name, "en") == f"1.0 {unit}"
    assert with_measure("1", name, "vi") == "1 đơn vị"
