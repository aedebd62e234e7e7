"""The what-if of a line: sliders where a script runs, on a page and in JupyterLab, and a table of scenarios for every other reader."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kpi_lib.outlook.scenarios import lever_of, refusal
from kpi_lib.outlook.verdict import Outlook
from kpi_lib.page import live
from kpi_lib.page.markup import Html
from kpi_lib.page.whatif_data import ScriptData, script_data
from kpi_lib.page.whatif_words import table_of
from kpi_lib.words.bound import Sentence
from kpi_lib.words.messages import Text

WHATIF_MIME = "application/vnd.kpi.whatif.v1+json"
_TITLE = Text("What if…?")


@dataclass(frozen=True, slots=True)
class Control:
    """The what-if of a line as a notebook shows it: what the script is given, and the table of scenarios."""

    data: ScriptData
    fallback: Html

    @property
    def part(self) -> live.BoardPart:
        """The same as a part of what JupyterLab shows."""
        return {"markup": str(self.fallback), "data": asdict(self.data)}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        del include, exclude
        return {
            **(live.view([self.part]) if live.can_display() else {}),
            WHATIF_MIME: {**asdict(self.data), "table": str(self.fallback)},
            "text/html": str(self.fallback),
            "text/plain": _TITLE[self.data.lang],
        }


def what_if(outlook: Outlook, lang: str = "vi") -> Control | Sentence:
    """The what-if control of one indicator; a note where none makes sense."""
    reason = refusal(outlook)
    if reason is not None:
        return Sentence((Text("No scenarios for this line: {reason}", reason=reason)[lang],), style="note quoted")
    lever = lever_of(outlook)
    return Control(script_data(outlook, lever, lang), table_of(outlook, lever, lang))
