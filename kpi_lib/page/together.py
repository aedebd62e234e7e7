"""What is said of all lines at once: what changed since the last report, how many will be met together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from kpi_lib import compare, words
from kpi_lib.definitions.indicators import Unit, day
from kpi_lib.narrative import choices
from kpi_lib.narrative import outlooks as nr
from kpi_lib.narrative.choices import chosen
from kpi_lib.outlook.changes import STEPS, Amended, Changes
from kpi_lib.outlook.joint import Joint, joint
from kpi_lib.outlook.values.outlook import of_outlook
from kpi_lib.outlook.values.together import of_changes, of_joint
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page.markup import NUMBER, Column, Html, Stack, folded, table
from kpi_lib.record.ledger import since_last
from kpi_lib.words.texts import Text
from kpi_lib.words.values import Values

STEP_WORDS = {
    "method": Text("phương pháp thay đổi", "method changed"),
    "revisions": Text("số cũ điều chỉnh", "revisions of old figures"),
    "new_figures": Text("số mới", "new figures"),
    "plan_or_target": Text("kế hoạch, mục tiêu", "plan or target"),
}
FIRST_CHANGES = 4  # lines shown at once, the largest change of chance first
_FIRST = Text(
    "Đây là báo cáo đầu tiên của năm này trong sổ ghi: chưa có gì để so.",
    "This is the first report of this year in the ledger: nothing to compare with.",
)
_SAME = Text("không chỉ tiêu nào thay đổi dự báo hoặc xác suất", "no line changed its projection or probability")


def changed(obs: pd.DataFrame, unit: Unit, items: Sequence[Outlook], *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """Every line whose projection or chance moved since the last report, the largest change of chance first."""
    compared = since_last(obs, unit, items, as_of=day(as_of))
    if compared is None:
        return Stack((words.Sentence((_FIRST[lang],), style="note"),))
    previous, lines = compared
    moved = sorted((line for line in lines if line.moved), key=lambda line: -abs(sum(line.rounded_probability().values())))
    since = (
        f"Since the report of {words.date_text(previous, lang)}"
        if lang == "en"
        else f"So với báo cáo ngày {words.date_text(previous, lang)}"
    )
    if not moved:
        return Stack((words.Sentence((f"{since}: {_SAME[lang]}.",), style="note"),))
    notes = [sentence for line in moved for sentence in amended_sentences(line, lang)]
    first, rest = moved[:FIRST_CHANGES], moved[FIRST_CHANGES:]
    wording = f"{len(rest)} lines that changed less" if lang == "en" else f"{len(rest)} chỉ tiêu thay đổi ít hơn"
    return Stack((_table(first, since, lang), folded(wording, _table(rest, since, lang)) if rest else None, *notes))


def changed_one(obs: pd.DataFrame, unit: Unit, item: Outlook, *, as_of: dt.date | str, lang: str = "vi") -> Stack:
    """One line's change since the last report, in a sentence, and the amounts in a table."""
    compared = since_last(obs, unit, [item], as_of=day(as_of))
    if compared is None or not compared[1]:
        return Stack((words.Sentence((_FIRST[lang],), style="note"),))
    line = compared[1][0]
    return Stack((sentence(line, lang), _table([line], "", lang) if line.moved else None, *amended_sentences(line, lang)))


# ---- all lines together ----------------------------------------------------------------------------------------------------------


def all_lines(items: Sequence[Outlook], lang: str = "vi") -> Stack:
    """How many lines and groups will be met, the chance of all, and the line that binds."""
    held = joint(items)
    if len(held.lines) < 2:
        vi, en = "Chưa đủ chỉ tiêu đánh giá được để xét chung.", "Too few lines can be judged to be held together."
        return Stack((words.Sentence((en if lang == "en" else vi,), style="note"),))
    return Stack((_how_many(held, lang), _distribution(held, lang), _ties(held, lang)))


def how_many_sentence(items: Sequence[Outlook], lang: str = "vi") -> words.Sentence:
    """How many lines and groups will be met, in one sentence."""
    return _how_many(joint(items), lang)


def _how_many(held: Joint, lang: str) -> words.Sentence:
    values = of_joint(held)
    of, best, *band = (words.counted(values, f"lines_{label}", lang) for label in ("judged", "most_likely", "low", "high"))
    groups, grouped = (words.counted(values, f"groups_{label}", lang) for label in ("judged", "most_likely"))
    every = words.likely(values, "all_met", lang)
    name = held.binding.indicator.short[lang] if held.binding else ""
    if lang == "en":
        return words.Sentence(("Of ", of, " lines that can be judged most likely ", best, " will be met (80 %: ", band[0], " to ", band[1], "); of ", groups, " whole groups of the resolution, ", grouped, ". The chance of meeting all is ", every, "; the line that binds is ", words.Quoted(f"“{name}”.")))  # fmt: skip
    return words.Sentence(("Trong ", of, " chỉ tiêu đánh giá được, nhiều khả năng nhất là đạt ", best, " (khoảng 80 %: ", band[0], " đến ", band[1], "); trong ", groups, " nhóm của nghị quyết đủ căn cứ, đạt ", grouped, ". Khả năng đạt tất cả: ", every, "; vướng nhất là ", words.Quoted(f"“{name}”.")))  # fmt: skip


def _distribution(held: Joint, lang: str) -> object:
    from kpi_lib import charts  # brings Altair

    return charts.together(held, lang, mark=held.lines[0].projection.unit.mark)


def _ties(held: Joint, lang: str) -> words.Sentence:
    """What ties the lines, and which are left out."""
    names = ", ".join(item.indicator.number for item in held.unjudged)
    tie = words.bound(of_joint(held), "correlation_economy", lambda value: words.trimmed(value, 1, lang))
    moved = words.counted(of_joint(held), "pairs_learnt", lang)
    if lang == "en":
        parts: list[str | words.Shown] = ["Lines share shocks (economic ones ", tie, " with each other; stated beforehand, ", moved]
        parts.append(" pairs moved by their past years); each line keeps its own chance.")
    else:
        parts = ["Các chỉ tiêu cùng chịu những cú sốc chung (kinh tế với nhau ", tie, "; hệ số nêu trước, ", moved]
        parts.append(" cặp được chỉnh theo các năm đã qua); xác suất từng chỉ tiêu giữ nguyên.")
    left = f" Not judged: lines {names}." if lang == "en" else f" Chưa đánh giá được: chỉ tiêu {names}."
    return words.Sentence((*parts, words.Quoted(left if names else "")), style="note")


def _signed(value: float, decimals: int, lang: str) -> str:
    return words.signed(value, decimals, lang) if compare.rounded(value, decimals) else "0"


def _moved(values: Values, label: str, decimals: int, lang: str) -> words.Shown:
    return words.bound(values, label, lambda value: _signed(value, decimals, lang))


def _table(lines: Sequence[Changes], since: str, lang: str) -> Html:
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Lần trước", "Then"), NUMBER),
        *(Column(Text(word.vi[:1].upper() + word.vi[1:], word.en[:1].upper() + word.en[1:]), NUMBER) for word in STEP_WORDS.values()),
        Column(Text("Lần này", "Now"), NUMBER),
    )
    rows: list[tuple[object, ...]] = []
    for line in lines:
        item, decimals = line.outlook, line.decimals
        name = f"({item.indicator.number}) {item.indicator.short[lang]}, {item.projection.measure[lang]}"
        values = of_changes(line)
        rows.append(
            (
                name,
                words.plainly(values, "median_before", decimals, lang),
                *(_moved(values, f"change_{key}", decimals, lang) for key in STEPS),
                words.plainly(of_outlook(item), "median", decimals, lang),
            )
        )
        if np.isfinite(line.before.probability) and np.isfinite(line.after.probability):
            label = Text("khả năng đạt (điểm phần trăm)", "chance of meeting it (percentage points)")[lang]
            rows.append(
                (
                    f"– {label}",
                    words.likely(values, "probability_before", lang),
                    *(_moved(values, f"points_{key}", 0, lang) for key in STEPS),
                    nr.chance_of(item, lang),
                )
            )
    vi, en = "Dự báo cả năm (trung vị) thay đổi vì đâu", "Why the projection of the year (median) changed"
    caption = (
        (en if lang == "en" else vi)
        if not since
        else f"{since}: {(en if lang == 'en' else vi)[:1].lower()}{(en if lang == 'en' else vi)[1:]}"
    )
    return table(columns, rows, caption=caption, lang=lang, kind="wide")


def sentence(line: Changes, lang: str = "vi") -> words.Sentence:
    """The change in one sentence, its parts in the order of their size."""
    item, decimals = line.outlook, line.decimals
    values = of_changes(line)
    measure = item.projection.measure.difference[lang]
    total = values["change_total"]
    date = words.date_text(line.previous, lang)
    if not line.moved:
        return words.Sentence(
            (f"Not changed since the report of {date}." if lang == "en" else f"Không đổi so với báo cáo ngày {date}.",), style="note"
        )
    causes: list[str | words.Shown] = []
    for key in sorted(STEPS, key=lambda step: -abs(values[f"change_{step}"])):
        if values[f"change_{key}"]:
            causes += ["; " if causes else ": ", f"{STEP_WORDS[key][lang]} ", _moved(values, f"change_{key}", decimals, lang)]
    shown = words.bound(values, "change_total", lambda value: words.number(abs(value), decimals, lang))
    if lang == "en":
        head: list[str | words.Shown] = (
            [
                f"Since the report of {date} the projection of the year ",
                chosen(values, "change_total", "moved", lang),
                " ",
                shown,
                f" {measure}",
            ]
            if total
            else [f"Since the report of {date} the projection of the year did not move"]
        )
    else:
        head = (
            [f"So với báo cáo ngày {date}, dự báo cả năm ", chosen(values, "change_total", "moved", lang), " ", shown, f" {measure}"]
            if total
            else [f"So với báo cáo ngày {date}, dự báo cả năm không đổi"]
        )
    return words.Sentence((*head, *causes, *_chances(line, lang), "."))


def _chances(line: Changes, lang: str) -> list[str | words.Shown]:
    old, new = line.before.probability, line.after.probability
    if not (np.isfinite(old) and np.isfinite(new)):
        return []
    before, after = words.likely(of_changes(line), "probability_before", lang), nr.chance_of(line.outlook, lang)
    if before.text == after.text:
        return (
            [" The chance stays " if lang == "en" else ". Khả năng đạt vẫn là ", after] if lang != "en" else ["; the chance stays ", after]
        )
    return ["; the chance went from ", before, " to ", after] if lang == "en" else [". Khả năng đạt từ ", before, " thành ", after]


def amended_sentences(line: Changes, lang: str = "vi") -> list[words.Sentence]:
    """A sentence for each plan or target that came since the last report: document, day, old and new value."""
    return [_amended(line, entry, lang) for entry in line.amended]


def _amended(line: Changes, entry: Amended, lang: str) -> words.Sentence:
    name, date = line.outlook.indicator.short[lang], words.date_text(entry.adopted, lang)
    new, old = (
        words.bound(of_changes(line), f"{entry.label}_{when}", lambda value: words.trimmed(value, 1, lang)) for when in ("after", "before")
    )
    kind = {"plan": Text("kế hoạch năm", "the year's plan"), "target": Text("mục tiêu năm", "the year's target")}[entry.what][lang]
    kind += "" if entry.version == "adopted" else f" ({choices.VERSION_WORDS[entry.version][lang]})"
    by = f" {entry.measure[lang]} ", words.Quoted(f"({entry.document}, {'' if lang == 'en' else 'ngày '}{date})"), "."
    if not np.isfinite(entry.before):
        wording = f"{name}: {kind} set at " if lang == "en" else f"{name}: {kind} được giao "
        return words.Sentence((wording, new, *by), style="note")
    of, step = of_changes(line), f"{entry.label}_step"
    amended = chosen(of, step, "amended", lang)
    if lang == "en":
        return words.Sentence((f"{name}: {kind} ", amended, " from ", old, " to ", new, *by), style="note")
    return words.Sentence((f"{name}: {kind} ", amended, " từ ", old, " ", chosen(of, step, "up to", lang), " ", new, *by), style="note")
