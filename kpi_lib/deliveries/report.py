"""One report of everything a delivery had wrong: where, what was found, what is expected, what to do. As text and as HTML, in one language."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_lib.deliveries import account
from kpi_lib.deliveries.delivery import Fault, Receipt, Severity
from kpi_lib.words.html import macros
from kpi_lib.words.messages import Field, Listed, Text, Words, in_context, listed, plural, said, say

SEVERITIES: dict[Severity, tuple[str, Text]] = {
    "refuse": ("✘", in_context("severity", "Refused")),
    "confirm": ("?", in_context("severity", "To be confirmed")),
    "warn": ("!", in_context("severity", "Warning")),
    "note": ("·", in_context("severity", "Note")),
}
HEADS = (
    in_context("delivery report", "Level"),
    in_context("delivery report", "Where"),
    in_context("delivery report", "Found"),
    in_context("delivery report", "Expected"),
    in_context("delivery report", "To do"),
)


def summary(receipt: Receipt) -> Words:
    """One line: what was taken over and what waits."""
    place: dict[str, Field] = {"file": receipt.file, "number": receipt.number}
    if receipt.repeated:
        return Text("{file}: received before (delivery {number}); nothing is added.", **place)
    verdict: list[Words] = [plural("{n} figure taken over", "{n} figures taken over", n=len(receipt.accepted))]
    if receipt.plans:
        verdict = [listed([*verdict, plural("{n} plan", "{n} plans", n=len(receipt.plans))])]
    if receipt.refused:
        verdict = [Text("REFUSED, no figure is taken over")]
    if waiting := len(receipt.waiting) + len(receipt.waiting_plans):
        verdict.append(plural("{n} cell waits", "{n} cells wait", n=waiting))
    told: dict[str, Field] = {"reader": _reader(receipt.reader), "verdict": listed(verdict, "; ")}
    if not receipt.number:
        return Text("{file} (not kept, read as {reader}): {verdict}.", file=receipt.file, **told)
    return Text("{file} (delivery {number}, read as {reader}): {verdict}.", **place, **told)


def _reader(reader: str) -> Text:
    known = {"template": Text("the form"), "tidy": Text("a tidy table"), "none": Text("no table that is known")}
    return known.get(reader) or Text("recipe “{recipe}”", recipe=reader)


def place(fault: Fault) -> Listed:
    """File, sheet and cell as staff look for them."""
    sheet, cell = Text("sheet “{sheet}”", sheet=fault.sheet), Text("cell {cell}", cell=fault.cell)
    return listed([fault.file, *([sheet] if fault.sheet else []), *([cell] if fault.cell else [])], " › ")


def ordered(faults: Sequence[Fault]) -> list[Fault]:
    """What keeps figures back first, then by sheet and place; each fault once."""
    ranks = list(SEVERITIES)
    return sorted(dict.fromkeys(faults), key=lambda item: (ranks.index(item.severity), item.file, item.sheet, _position(item.cell)))


def _position(cell: str) -> tuple[int, str]:
    digits = "".join(char for char in cell if char.isdigit())
    return (int(digits) if digits else 0, cell)


def as_text(receipts: Sequence[Receipt], lang: str) -> str:
    """The report for the terminal and for a mail: every fault of every file in one text."""
    lines = []
    for receipt in receipts:
        lines.append(summary(receipt)[lang])
        lines += [f"  {account.told(receipt.account)[lang]}"] if receipt.account else []
        for item in ordered(receipt.faults):
            where, *told = _told(item, lang)
            lines.append(f"  {_level(item, lang)} [{item.check}] {where}")
            lines += [f"      {head[lang].lower()}: {words}" for head, words in zip(HEADS[2:], told, strict=True) if words]
    return "\n".join(lines)


def as_html(receipts: Sequence[Receipt], lang: str) -> str:
    """The report as the body of a page (`export.own_html` lets it through): a table a file, worst first."""
    rows = [[(_level(item, lang), _told(item, lang)) for item in ordered(receipt.faults)] for receipt in receipts]
    given = [(receipt.file, _paragraphs(receipt, lang), told) for receipt, told in zip(receipts, rows, strict=True)]
    heads = [head[lang] for head in HEADS]
    return str(macros("deliveries/templates/report.html.j2").report(given, heads, say("No fault.", lang)))


def _paragraphs(receipt: Receipt, lang: str) -> list[str]:
    """The summary, the account in one line, and every block of cells that was left alone."""
    found = receipt.account
    return [words[lang] for words in (summary(receipt), *((account.told(found), *account.every(found)) if found else ()))]


def _level(item: Fault, lang: str) -> str:
    mark, word = SEVERITIES[item.severity]
    return f"{mark} {word[lang]}"


def _told(item: Fault, lang: str) -> list[str]:
    """Where, what was found, what is expected and, but for a note, what to do."""
    words = (place(item), item.found, item.expected, item.action if item.severity != "note" else "")
    return [said(part, lang) for part in words]
