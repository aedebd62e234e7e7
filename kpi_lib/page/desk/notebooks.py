"""Notebooks as shipped, which reports are made from, and the officers' own copies of them in `desk/`, which nobody publishes."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kpi_lib.definitions import folders
from kpi_lib.words.messages import KpiError, Text, Words, in_context

SHIPPED = Path(__file__).with_name("shipped.json")
"""Digests of the cells of every notebook of this version, by its name; made by `python benchmarks/shipped.py`."""


def template(name: str) -> Path:
    """The notebook that a report or a desk is made from."""
    return folders.notebooks() / f"{name}.ipynb"


def desk() -> Path:
    """The officers' folder: no part of it is published, and no update changes it."""
    return folders.root() / "desk"


def cells(notebook: Path) -> list[str]:
    """The digest of every cell, of what it says and is for: words, tags, translation; not of what came out of it.

    Raises
    ------
    KpiError : the file is no notebook.
    """
    return [_digest(_content(cell)) for cell in _read(notebook)["cells"]]


def digest(notebook: Path) -> str:
    """One digest of a notebook's cells, the same however often it was run."""
    return _digest(cells(notebook))


def is_shipped(name: str) -> bool:
    """Whether this version ships a notebook of that name."""
    return name in _shipped(SHIPPED)


def refuse_edited(names: Iterable[str]) -> None:
    """Refuse to make a report from a notebook that is not as shipped.

    Raises
    ------
    KpiError : a notebook differs; which, in which cell, and the way out.
    """
    for name in names:
        if edit := _edit(name):
            raise KpiError(
                "notebooks/{name}.ipynb is not the notebook that this version ships: {edit}. "
                "What an officer tries out belongs in desk/, which is never published: save the file there under another name, "
                "then bring the shipped one back: git checkout -- notebooks/{name}.ipynb",
                name=name,
                edit=edit,
            )


def take(name: str, where: str = "", parameters: Mapping[str, str | int] | None = None, called: str = "") -> tuple[Path, bool]:
    """The officer's copy of a notebook, made where there is none; what an officer wrote is never overwritten.

    A copy as it was made is replaced when a newer version ships another notebook or its parameters are other ones; beside one that was
    edited a new copy is laid, and the second answer says so.

    Parameters
    ----------
    where : folder of the desk, such as `quang-ninh/2025-10-15`.
    parameters : what its parameters cell says.
    called : the copy's name where it is not the notebook's.
    """
    made = json.dumps(_made(name, parameters or {}), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    folder = desk() / where
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        copy = folder / (f"{called or name}.ipynb" if number == 1 else f"{called or name}-{number}.ipynb")
        if not copy.exists():
            copy.write_text(made, encoding="utf-8")
            return copy, number > 1
        state = _state(copy)
        if state.get("template") == json.loads(made)["metadata"]["kpi"]["template"]:
            return copy, False
        if state.get("made") == state.get("now"):
            copy.write_text(made, encoding="utf-8")
            return copy, False
    raise KpiError("There are too many copies of {name} in {folder}. Delete those you no longer need.", name=name, folder=str(folder))


def in_language(cells: Iterable[Any], lang: str) -> None:
    """Put the markdown of a notebook into a language: each cell carries its message, in English, in its metadata."""
    for cell in cells:
        if lang and "en" in cell["metadata"].get("kpi", {}):
            cell["source"] = in_context("notebook", cell["metadata"]["kpi"]["en"])[lang]


def _made(name: str, parameters: Mapping[str, str | int]) -> dict[str, Any]:
    """A copy for the desk, which remembers what it was made from and how it was made."""
    notebook = _read(template(name))
    in_language(notebook["cells"], str(parameters.get("lang", "")))
    for cell in notebook["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            cell["source"] = [_set(line, parameters) for line in _source(cell).splitlines(keepends=True)]
    state = {
        "template": _digest([digest(template(name)), dict(parameters)]),
        "made": _digest([_content(cell) for cell in notebook["cells"]]),
    }
    return {**notebook, "metadata": {**notebook["metadata"], "kpi": state}}


def _set(line: str, parameters: Mapping[str, str | int]) -> str:
    """A line of a parameters cell with the value asked for."""
    name, _, rest = line.partition(":")
    if name not in parameters:
        return line
    kind, _, remark = rest.partition("  #")
    value = json.dumps(parameters[name], ensure_ascii=False)
    return f"{name}:{kind.partition('=')[0]}= {value}  #{remark}" if remark else f"{name}:{kind.partition('=')[0]}= {value}\n"


def _state(copy: Path) -> dict[str, str]:
    """What a copy was made from, how it was made and how it is now; a file that is none of ours has been edited."""
    try:
        notebook = _read(copy)
        return {**notebook["metadata"].get("kpi", {}), "now": _digest([_content(cell) for cell in notebook["cells"]])}
    except KpiError:
        return {"made": "", "now": "?"}


def _edit(name: str) -> Words | str:
    """The first cell in which a notebook is not as shipped; nothing where it is."""
    path, shipped = template(name), _shipped(SHIPPED)[name]
    steps = difflib.SequenceMatcher(None, shipped, cells(path), autojunk=False).get_opcodes()
    step = next((step for step in steps if step[0] != "equal"), None)
    if step is None:
        return ""
    kind, before, _, now, _ = step
    if kind == "delete":
        return Text("cell {number} was taken out", number=before + 1)
    first = _source(_read(path)["cells"][now]).strip().split("\n")[0][:60]
    return Text("cell {number} («{cell}») is not as shipped", number=now + 1, cell=first)


@cache
def _shipped(file: Path) -> dict[str, list[str]]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _read(notebook: Path) -> dict[str, Any]:
    try:
        found = json.loads(notebook.read_text(encoding="utf-8"))
        [(cell["cell_type"], cell["metadata"], cell["source"]) for cell in found["cells"]]
        found["metadata"].get("kpi", {}).get("made")
        return dict(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KpiError("The notebook {name} cannot be read: {error}", name=notebook.name, error=type(error).__name__) from error


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def _content(cell: Mapping[str, Any]) -> list[object]:
    metadata = cell["metadata"]
    return [cell["cell_type"], _source(cell), metadata.get("tags", []), metadata.get("kpi", {})]


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
