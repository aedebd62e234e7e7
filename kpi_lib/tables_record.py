"""How right the projections were: scores, calibration, published outlooks beside the outturn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi_lib import narrative as nr
from kpi_lib.indicators import Text, Unit
from kpi_lib.markup import NUMBER, Column, Html, counted, date_cell, table

# ---- track record -------------------------------------------------------------------------------------------------------------

MODEL_WORDS = {
    "chosen": Text("mô hình của bộ sổ tay", "our model"),
    "straight_line": Text("chia đều theo thời gian", "straight line"),
    "same_period": Text("tăng như cùng kỳ", "same-period growth"),
}


def scores(accuracy: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """Accuracy of the replayed projections, ours beside the two rules of thumb."""
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Cách dự báo", "Method")),
        Column(Text("Số lần", "Cases"), NUMBER),
        Column(Text("Lệch trung bình", "Bias"), NUMBER),
        Column(Text("Sai số tuyệt đối", "Absolute error"), NUMBER),
        Column(Text("CRPS", "CRPS"), NUMBER),
        Column(Text("Trong khoảng 80 %", "Inside 80 %"), NUMBER),
        Column(Text("Brier", "Brier"), NUMBER),
    )

    rows = [_score_row(row, unit, lang) for row in accuracy.itertuples()]
    caption = (
        "Replayed at 15 April, July and October of past years, in % of the outturn"
        if lang == "en"
        else "Dự báo lại tại ngày 15/4, 15/7 và 15/10 các năm trước, tính bằng % số thực hiện"
    )
    return table(columns, rows, caption=caption, lang=lang)


def _score_row(row: object, unit: Unit, lang: str) -> tuple[object, ...]:
    indicator, model = str(row.indicator), str(row.model)  # type: ignore[attr-defined]
    of = f"record.{indicator}.{model}"
    return (
        unit.indicators[indicator].short[lang],
        MODEL_WORDS.get(model, Text(model, model))[lang],
        counted("n", row.n, of),  # type: ignore[attr-defined]
        *(_percent(label, getattr(row, label), of, lang) for label in ("bias", "mae", "crps")),
        "–" if model != "chosen" else _percent("in80", 100 * row.in80, of, lang, 0),  # type: ignore[attr-defined]
        _brier(row.brier, row.judged, of, lang),  # type: ignore[attr-defined]
    )


def _percent(label: str, value: float, of: str, lang: str, decimals: int = 1) -> nr.Shown:
    """A percentage, bound."""
    return nr.Shown(label, value, f"{nr.number(value, decimals, lang)} %" if np.isfinite(value) else "–", of=of)


def _brier(value: float, judged: int, of: str, lang: str) -> object:
    if not np.isfinite(value):
        return "–"
    return nr.Shown("brier", value, nr.number(value, 3, lang), of=of), " (n=", counted("judged", judged, of), ")"


def calibration(frame: pd.DataFrame, unit: Unit, lang: str = "vi", *, scope: str = "all") -> Html:
    """Whether intervals hold and chances come true, by the review of the year they were given at."""
    columns = (
        Column(Text("Thời điểm dự báo", "Given at"), heads_row=True),
        Column(Text("Số lần", "Cases"), NUMBER),
        Column(Text("Trong khoảng 50 %", "Inside 50 %"), NUMBER),
        Column(Text("Trong khoảng 80 %", "Inside 80 %"), NUMBER),
        Column(Text("Trong khoảng 95 %", "Inside 95 %"), NUMBER),
        Column(Text("Sai số tuyệt đối", "Absolute error"), NUMBER),
        Column(Text("Brier", "Brier"), NUMBER),
    )
    spans = ("quý I", "6 tháng", "9 tháng"), ("Q1", "6 months", "9 months")
    when = {
        number: Text(f"{day.day}/{day.month}, sau {vi}", f"{day.day} {day:%B}, after {en}")
        for number, (day, vi, en) in enumerate(zip(unit.calendar.reviews(2001), *spans, strict=True), start=1)
    }
    rows = [
        (
            when[row.quarters_seen][lang],
            counted("n", row.n, f"record.{scope}.q{row.quarters_seen}"),
            *(_percent(label, 100 * getattr(row, label), f"record.{scope}.q{row.quarters_seen}", lang, 0) for label in ("in50", "in80", "in95")),
            _percent("mae", row.mae, f"record.{scope}.q{row.quarters_seen}", lang),
            _brier(row.brier, row.judged, f"record.{scope}.q{row.quarters_seen}", lang),
        )
        for row in frame.itertuples()
    ]
    caption = (
        "Whether the intervals hold, by the time of the year"
        if lang == "en"
        else "Khoảng dự báo có đúng mức đã nêu không, theo thời điểm trong năm"
    )
    return table(columns, rows, caption=caption, lang=lang)


def settled(frame: pd.DataFrame, unit: Unit, lang: str = "vi") -> Html:
    """What was published, and how it ended."""
    columns = (
        Column(Text("Chỉ tiêu", "Target"), heads_row=True, quotes=True),
        Column(Text("Báo cáo ngày", "Report of")),
        Column(Text("Dự báo (khoảng 80 %)", "Projected (80 % interval)"), NUMBER),
        Column(Text("Xác suất", "Chance"), NUMBER),
        Column(Text("Kết quả", "Outturn"), NUMBER),
        Column(Text("Sai số", "Error"), NUMBER),
        Column(Text("Trong khoảng", "Inside")),
        Column(Text("Mục tiêu", "Target met")),
    )
    rows = [_settled_row(row, unit, lang) for row in frame.itertuples()]
    caption = "Published outlooks held against the outturn" if lang == "en" else "Các dự báo đã công bố và kết quả thực tế"
    return table(columns, rows, caption=caption, lang=lang)


def _settled_row(row: object, unit: Unit, lang: str) -> tuple[object, ...]:
    ind = unit.indicators[row.indicator]  # type: ignore[attr-defined]
    decimals = ind.natural_decimals
    of = f"round.{row.round_id.date()}.{ind.id}"  # type: ignore[attr-defined]

    def bound(label: str) -> nr.Shown:
        value = float(getattr(row, label))
        return nr.Shown(label, value, nr.number(value, decimals, lang), of=of)

    yes, no = ("yes", "no") if lang == "en" else ("có", "không")
    words = {1.0: ("đạt", "met"), 0.0: ("không đạt", "missed")}.get(row.met, ("–", "–"))  # type: ignore[attr-defined]
    probability, error = float(row.probability), float(row.error)  # type: ignore[attr-defined]
    return (
        f"{ind.short[lang]} {unit.year_name(row.target_year, ind.id)}",  # type: ignore[attr-defined]
        date_cell(row.round_id.date(), lang),  # type: ignore[attr-defined]
        (bound("projected"), " (", bound("low80"), " – ", bound("high80"), ")"),
        nr.Shown("probability", probability, nr.chance(probability, lang), of=of, share=True),
        bound("outturn"),
        nr.Shown("error", error, nr.signed(error, decimals, lang), of=of),
        yes if row.inside80 else no,  # type: ignore[attr-defined]
        words[lang == "en"],
    )
