"""Words that say which way a value lies, or what a figure is: the one table of each."""

from __future__ import annotations

from kpi_lib.compare import MEETING, SIDES, Side, upwards
from kpi_lib.outlook.verdict import STATUSES
from kpi_lib.words.bound import Word, worded
from kpi_lib.words.texts import Text
from kpi_lib.words.values import Values

STATUS_WORDS = {
    "estimate": Text("ước", "estimate"),
    "actual": Text("thực hiện", "actual"),
    "settled": Text("quyết toán", "settled"),
    "plan": Text("kế hoạch", "plan"),
}
VERSION_WORDS = {
    "adopted": Text("địa phương thông qua", "adopted locally"),
    "assigned": Text("cấp trên giao", "assigned from above"),
    "ambition": Text("phấn đấu", "ambition"),
    "reference": Text("mốc so sánh", "mark of comparison"),
}
COMPARATOR_WORDS = {
    ">=": Text("từ {} trở lên", "{} or more"),
    ">": Text("trên {}", "more than {}"),
    "<=": Text("từ {} trở xuống", "{} or less"),
    "<": Text("dưới {}", "less than {}"),
    "=": Text("bằng {}", "exactly {}"),
}
FALLING_WORDS = {  # of a growth target below nought, said of the fall
    ">=": Text("giảm không quá {}", "down by no more than {}"),
    ">": Text("giảm dưới {}", "down by less than {}"),
    "<=": Text("giảm từ {} trở lên", "down by {} or more"),
    "<": Text("giảm trên {}", "down by more than {}"),
    "=": Text("giảm đúng {}", "down by exactly {}"),
}
_FROM_BELOW: dict[Side, Text] = {"short": Text("thiếu", "short by"), "over": Text("vượt", "over by")}
_FROM_ABOVE: dict[Side, Text] = {"short": Text("thấp hơn", "below by"), "over": Text("cao hơn", "above by")}
_ON_IT = Text("đúng bằng mục tiêu", "exactly the target")
_EQUAL = {
    ">": Text("bằng mốc nhưng phải vượt mốc", "equal to the mark but has to pass it"),
    "<": Text("bằng mốc nhưng phải thấp hơn mốc", "equal to the mark but has to be below it"),
}
# Where a value lies against its goal, by the goal's comparator and the side: the one table. A distance follows all but "equal".
SIDE_WORDS: dict[tuple[str, Side], Text] = {
    (comparator, side): _EQUAL.get(comparator, _ON_IT) if side == "equal" else (_FROM_BELOW if upwards(comparator) else _FROM_ABOVE)[side]
    for comparator in MEETING
    for side in SIDES
}

# Every word that says which way a value lies, by what the value says: -1, 0, 1, or the rank of a status. `chosen` takes them from here, and
# the proof of the pages holds the words on them against it.
CHOICES: dict[str, dict[int, Text]] = {
    **{f"side {comparator}": {n - 1: SIDE_WORDS[comparator, side] for n, side in enumerate(SIDES)} for comparator in MEETING},
    "status": {status.rank: status.name for status in STATUSES.values()},
    "met": {0: Text("không đạt", "missed"), 1: Text("đạt", "met")},
    "would": {0: Text("không đạt", "would miss it"), 1: Text("đạt", "would meet it")},
    "milestone": {0: Text("không đạt mốc", "not reached"), 1: Text("đã đạt mốc", "reached")},
    "inside": {0: Text("không", "no"), 1: Text("có", "yes")},
    "flips": {0: Text("kết luận không đổi", "the verdict holds"), 1: Text("kết luận sẽ khác", "the verdict flips")},
    "beyond": {1: Text("vượt mức cao nhất từng đạt", "more than was ever reached")},
    "rise": {-1: Text("giảm", "down"), 0: Text("tăng", "up"), 1: Text("tăng", "up")},
    "moved": {-1: Text("giảm", "fell by"), 1: Text("tăng", "rose by")},
    "amended": {-1: Text("giảm", "lowered"), 1: Text("tăng", "raised")},
    "up to": {-1: Text("xuống", "to"), 1: Text("lên", "to")},
    "turn": {-1: Text("giảm", "fall"), 1: Text("tăng", "rise")},
    "a turn": {-1: Text("giảm", "a fall"), 1: Text("tăng", "a rise")},
    "against": {-1: Text("thấp hơn dự báo", "below the projection"), 1: Text("cao hơn dự báo", "above the projection")},
    "more": {-1: Text("bớt", "fewer people"), 1: Text("thêm", "more people")},
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
