"""The tables that cross a boundary, stated once as data, and the check that holds a frame against its table."""

from __future__ import annotations

from kpi_lib.compare import MEETING
from kpi_lib.definitions.columns import SEEN, WITHDRAWN, YEARS, Column, Table

BASES = ("month", "quarter", "cumulative", "year", "level")
STATUSES = ("estimate", "actual", "settled")
VERSIONS = ("assigned", "adopted", "operating", "ambition", "draft", "revision", "reference")

DELIVERY = Table(
    "delivery",
    (
        Column("indicator", "text", meaning="id in the catalogue or in the unit's own list"),
        Column("series", "text", default="total", meaning="total, or the part of it (domestic, land, ...)"),
        Column(
            "basis",
            "text",
            words=BASES,
            meaning="what the figure covers: a month, a quarter, the year to date, a whole year, or a state on a day",
        ),
        Column("period", "text", meaning="2025-03 | 2025-Q3 | 2025 | 2025-09-30 (last day of a cumulative span, or the day of a level)"),
        Column("value", "number"),
        Column("measure", "text", meaning="unit of measure as typed in the source"),
        Column("status", "text", words=STATUSES, meaning="what kind of figure it is"),
        Column("published", "date", meaning="the day the figure became known"),
        Column("published_assumed", "flag", default=False, meaning="the source gives no day: the unit's stated rule was used"),
        Column("grade", "whole", default=1, least=1, most=3, meaning="1: seen in the named source; 2: second-grade provenance"),
        Column("precision", "text", default="exact", words=("exact", "rounded", "about", "derived")),
        Column("perimeter", "text", needed=False, default="", meaning="empty: the unit itself; otherwise the area the figure covers"),
        Column("source", "text"),
        Column("note", "text", needed=False, default=""),
        SEEN,
    ),
    key=("indicator", "series", "basis", "period", "published", "status", "perimeter", "source"),
    known=("published",),
)

ACCEPTED = Table(
    "accepted",
    (
        *DELIVERY.columns,
        Column("file", "text", meaning="delivered file as stored, relative to the unit's folder"),
        Column("sheet", "text", needed=False, default=""),
        Column("cell", "text", meaning="cell of the value in the delivered file"),
        WITHDRAWN,
    ),
    key=(*DELIVERY.key, "cell", "sheet", WITHDRAWN.name),
    known=DELIVERY.known,
    gone=WITHDRAWN.name,
)

OBSERVATIONS = Table(
    "observations",
    (
        Column("unit", "text"),
        *[column for column in DELIVERY.columns if column.name != "period"],
        Column("period", "text"),
        Column("start", "date", meaning="first day covered"),
        Column("end", "date", meaning="last day covered"),
        Column("file", "text", meaning="delivered file, relative to the unit's folder"),
        Column("sheet", "text", needed=False, default=""),
        Column("cell", "text", meaning="cell of the value in the delivered file"),
        WITHDRAWN,
    ),
    key=("unit", "indicator", "series", "basis", "start", "end", "published", "status", "perimeter", "source", WITHDRAWN.name),
    known=("published",),
    gone=WITHDRAWN.name,
)

RECONSTRUCTED = Column(
    "reconstructed",
    "date",
    needed=False,
    meaning="day of the page from which the value was worked out or first read; empty: it stands in the document of its day",
)

TARGETS = Table(
    "targets",
    (
        Column("indicator", "text"),
        Column("year", "whole", least=YEARS[0], most=YEARS[1]),
        Column("threshold", "number"),
        Column("comparator", "text", words=tuple(MEETING)),
        Column(
            "measure",
            "text",
            words=("indicator", "flow"),
            meaning="the threshold is in the indicator's own unit, or in that of the flow behind it",
        ),
        Column("version", "text", words=VERSIONS),
        Column("document", "text"),
        Column("clause", "text", needed=False, default=""),
        Column("adopted", "date"),
        Column("adopted_assumed", "flag", default=False),
        Column("grade", "whole", default=1, least=1, most=3),
        Column("precision", "text", default="exact", words=("exact", "rounded", "about", "derived")),
        Column("source", "text"),
        Column("note", "text", needed=False, default=""),
        RECONSTRUCTED,
        SEEN,
        Column("low", "number", needed=False, meaning="where it was worked out from rounded figures: the least that the threshold may be"),
        Column("high", "number", needed=False, meaning="and the most; both empty: the threshold is known"),
    ),
    key=("indicator", "year", "version", "adopted", "reconstructed"),
    known=("adopted", "reconstructed"),
)

PLANS = Table(
    "plans",
    (
        Column("indicator", "text"),
        Column("year", "whole", least=YEARS[0], most=YEARS[1]),
        Column("value", "number", meaning="the year's plan in the unit of the flow"),
        Column("measure", "text"),
        Column("version", "text", words=VERSIONS),
        Column("document", "text"),
        Column("adopted", "date", meaning="the day the plan is known to be in force"),
        Column("adopted_assumed", "flag", default=False),
        Column("grade", "whole", default=1, least=1, most=3),
        Column("precision", "text", default="exact", words=("exact", "rounded", "about", "derived")),
        Column("source", "text"),
        Column("note", "text", needed=False, default=""),
        RECONSTRUCTED,
        SEEN,
        WITHDRAWN,
    ),
    key=("indicator", "year", "version", "adopted", WITHDRAWN.name),
    known=("adopted", "reconstructed"),
    gone=WITHDRAWN.name,
)

# What `plans.csv` holds: the year's plans, and, with a period, what is to be reached in it (docs/phases.md).
REGISTER = Table(
    "plans",
    (
        *PLANS.columns,
        Column("basis", "text", default="year", words=BASES, meaning="what the value is to be reached in; year: the year's plan"),
        Column(
            "period", "text", needed=False, default="", meaning="as in deliveries: 2025-03 | 2025-Q3 | 2025-09-30; of the year's plan empty"
        ),
    ),
    key=(*PLANS.key, "basis", "period"),
    known=PLANS.known,
    gone=PLANS.gone,
)

ANSWERS = Table(
    "answers",
    (
        Column("check", "text", meaning="the check that asks (docs/checks.md)"),
        Column("indicator", "text"),
        Column("series", "text", default="total"),
        Column("basis", "text", words=BASES),
        Column("period", "text"),
        Column("status", "text", words=STATUSES),
        Column("value", "number", meaning="the value answered for; another one is asked about again"),
        Column("published", "date"),
        Column("name", "text", meaning="who answers for it"),
        Column("reason", "text"),
        Column("answered", "date"),
    ),
    key=("check", "indicator", "series", "basis", "period", "status", "value", "published"),
    known=("answered",),
)

JUDGEMENTS = Table(
    "judgements",
    (
        Column("indicator", "text"),
        Column("year", "whole", least=YEARS[0], most=YEARS[1]),
        Column("date", "date", meaning="the day it was said, asked or explained"),
        Column("who", "text", meaning="the body that says it, or that asks"),
        Column(
            "status", "text", meaning="on_track, at_risk, will_miss or met; asked: an explanation is asked for; explained: it was given"
        ),
        Column("reason", "text", needed=False, default="", meaning="why; of a request the question, of an explanation what was explained"),
        Column("action", "text", needed=False, default="", meaning="what is done about it"),
        Column("due", "date", needed=False, meaning="the day by which it is done, or answered"),
    ),
    key=("indicator", "year", "date", "who", "status"),
    known=("date",),
)

SPLITS = Table(
    "splits",
    (
        Column("indicator", "text"),
        Column("year", "whole", least=YEARS[0], most=YEARS[1]),
        Column("area", "text", meaning="a quarter, village or ward: a part of the unit; the areas of one split do not overlap"),
        Column("value", "number", meaning="what the area still lacks, or its weight; not negative"),
        Column(
            "measure",
            "text",
            meaning="unit of the value; of a need: that of the amount to be shared out, or people for a share of all residents",
        ),
        Column("kind", "text", words=("need", "weight"), meaning="need: what this area still lacks; weight: a share to divide by"),
        Column("published", "date", meaning="the day the figure became known"),
        Column("source", "text"),
        Column("note", "text", needed=False, default=""),
        SEEN,
    ),
    key=("indicator", "year", "area", "published"),
    known=("published",),
)

EVENTS = Table(
    "events",
    (
        Column("id", "text", meaning="a name of small letters, digits, - and _; each once in the file"),
        Column("indicator", "text"),
        Column("what", "text", meaning="what is to come, in the words of the page: a plant opens, a land auction, a tax holiday"),
        Column("amount", "number", meaning="what it adds to the year (below nought: takes away), in `measure`"),
        Column(
            "measure",
            "text",
            meaning="that of the line's amounts (any unit of money for money); of a share of residents, percentage points as %",
        ),
        Column("from", "date", meaning="first day on which it may come"),
        Column("to", "date", meaning="last day on which it may come, in the same year"),
        Column("probability", "number", least=0, most=1, meaning="that it comes within these days"),
        Column("document", "text", meaning="what it rests on"),
        Column("who", "text", meaning="who answers for it"),
        Column("on", "date", meaning="the day it was written down: reports of earlier days do not know it"),
        WITHDRAWN,
    ),
    key=("id",),
    known=("on",),
    gone=WITHDRAWN.name,
)

REFERENCE = Table(
    "reference",
    (
        Column("area", "text"),
        Column("year", "whole", least=YEARS[0], most=YEARS[1]),
        Column("month", "whole", least=1, most=12, meaning="the figure covers January to the end of this month"),
        Column("cumulative", "number"),
        Column("measure", "text"),
        Column("source", "text"),
        Column("published", "date", needed=False, meaning="the day the figure became known; empty: the 6th of the month after its span"),
    ),
    key=("area", "year", "month"),
    known=("published",),
)

ERRORS = Table(
    "errors",
    (
        Column("unit", "text"),
        Column("indicator", "text"),
        Column("year", "whole", least=YEARS[0], most=YEARS[1]),
        Column("as_of", "date"),
        Column("periods_seen", "number", meaning="share of the year covered by the figures used, in twelfths"),
        Column("model", "text"),
        Column("projected", "number", meaning="median of the projection, in the indicator's unit"),
        Column("low50", "number", needed=False),
        Column("high50", "number", needed=False),
        Column("low80", "number"),
        Column("high80", "number"),
        Column("low95", "number"),
        Column("high95", "number"),
        Column("crps", "number", meaning="in the indicator's unit"),
        Column("outturn", "number"),
        Column("error", "number", meaning="projected - outturn"),
        Column(
            "scale",
            "number",
            meaning="what errors are told in percent of: an amount's outturn; 100 for rates and levels, whose errors keep their unit",
        ),
        Column("probability", "number", needed=False, meaning="of meeting the target; empty where there was none"),
        Column("met", "number", needed=False, meaning="1 met, 0 missed, empty without a target"),
    ),
    key=("unit", "indicator", "year", "as_of", "model"),
)

LEDGER = Table(
    "ledger",
    (
        Column("round_id", "date", meaning="as_of of the round"),
        Column("version", "whole", default=1, meaning="1, or higher when the same round was published again on other figures"),
        Column("unit", "text"),
        Column("indicator", "text"),
        Column("target_year", "whole", least=YEARS[0], most=YEARS[1]),
        Column("model", "text"),
        Column("output_type", "text", words=("quantile", "mean", "probability", "status", "threshold")),
        Column("output_type_id", "text"),
        Column("value", "text", needed=False, default=""),
        Column("data_digest", "text"),
        Column("code_version", "text"),
    ),
    key=("round_id", "version", "unit", "indicator", "target_year", "output_type", "output_type_id"),
)

MODEL_OUTPUT = Table(
    "model-output",
    (
        Column("origin_date", "date", meaning="as_of of the round"),
        Column("location", "text", meaning="the unit"),
        Column("indicator", "text"),
        Column("target_year", "whole", least=YEARS[0], most=YEARS[1]),
        Column(
            "target", "text", words=("year_end", "target_met"), meaning="the year's value in the natural unit, or whether the target is met"
        ),
        Column("output_type", "text", words=("mean", "quantile", "pmf")),
        Column("output_type_id", "text", meaning="NA of a mean; the share of a quantile; met or missed"),
        Column("value", "text"),
    ),
    key=("origin_date", "location", "indicator", "target_year", "target", "output_type", "output_type_id"),
)

AUXILIARY = Table(
    "auxiliary-data",
    (
        Column("indicator", "text"),
        Column("target_year", "whole", least=YEARS[0], most=YEARS[1]),
        Column("model", "text"),
        Column("output_type", "text", words=LEDGER.columns[6].words),
        Column("output_type_id", "text"),
        Column("value", "text", needed=False, default=""),
    ),
    key=("indicator", "target_year", "output_type", "output_type_id"),
)
