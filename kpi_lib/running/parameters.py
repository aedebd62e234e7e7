"""The parameters of a notebook, checked before papermill sees them: it turns a name into code and forgives a misspelt one."""

from __future__ import annotations

import ast
import difflib
import json
import keyword
import math
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from kpi_lib.definitions.frames import KpiError

Value = str | int | float | bool

KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TEXT_LIMIT = 200
"""Characters a text parameter may have."""


def check_parameters(source: str | Path, parameters: Mapping[str, object]) -> dict[str, Value]:
    """Return the parameters if the notebook declares every one of them with that type.

    papermill runs on with the defaults when a name is misspelt, and turns a name into code; so nothing reaches it unchecked.

    Raises
    ------
    KpiError
        All faults at once: no cell tagged `parameters` or more than one, a declaration that is not an annotated literal, an unknown name
        (with the nearest known one), a value of another type, too long, not finite, or with control characters.
    """
    path = Path(source)
    declared, faults = _declared(path)
    checked: dict[str, Value] = {}
    for name, value in parameters.items():
        fault = _name_fault(name, declared) or _value_fault(name, value, declared[name])
        if fault:
            faults.append(fault)
        else:
            checked[name] = float(value) if declared[name] == "float" else value  # type: ignore[assignment, arg-type]
    if faults:
        opening = f"Sổ tay {path.name}: tham số không hợp lệ, chưa chạy gì (parameters refused, nothing was run):"
        raise KpiError("\n- ".join([opening, *faults]))
    return checked


def _declared(path: Path) -> tuple[dict[str, str], list[str]]:
    """Return the declared names with their types, and the faults of the declaration."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KpiError(f"Không đọc được sổ tay {path.name} (cannot read the notebook): {type(error).__name__}") from error
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    tagged = [cell for cell in code if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1 or tagged[0] is not code[0]:
        raise KpiError(
            f"Sổ tay {path.name} phải có đúng một ô gắn thẻ 'parameters', là ô mã đầu tiên; tìm thấy {len(tagged)} "
            "(exactly one code cell, the first one, must carry the tag 'parameters')."
        )
    try:
        body = ast.parse("".join(tagged[0]["source"])).body
    except SyntaxError as error:
        raise KpiError(f"Sổ tay {path.name}: ô tham số sai cú pháp ở dòng {error.lineno} (the parameters cell is not Python).") from error
    declared: dict[str, str] = {}
    faults = [fault for statement in body if (fault := _declare(statement, declared))]
    return declared, faults


def _declare(statement: ast.stmt, declared: dict[str, str]) -> str:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id=kind), value=ast.expr() as value) if kind in KINDS:
            try:
                literal = ast.literal_eval(value)
            except ValueError:
                literal = None
            if type(literal) is KINDS[kind] and NAME.fullmatch(name):
                declared[name] = kind
                return ""
    return (
        f'ô tham số, dòng {statement.lineno}: chỉ được khai báo dạng `ten: str = "..."` với str, int, float hoặc bool '
        "(only annotated literals may stand in the parameters cell)"
    )


def _name_fault(name: object, declared: Mapping[str, str]) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name) or keyword.iskeyword(name):
        return f"tên tham số {str(name)[:60]!r} không phải là một từ viết thường (not a plain name)"
    if name in declared:
        return ""
    near = difflib.get_close_matches(name, declared, n=1, cutoff=0.5)
    hint = f"; có phải là '{near[0]}'? (did you mean '{near[0]}'?)" if near else ""
    return f"không có tham số '{name}' (unknown name){hint}; các tham số: {', '.join(declared)}"


def _value_fault(name: str, value: object, kind: str) -> str:
    if type(value) is not KINDS[kind] and not (kind == "float" and type(value) is int):
        return f"'{name}' phải là {kind}, không phải {type(value).__name__} (wrong type)"
    if isinstance(value, str) and len(value) > TEXT_LIMIT:
        return f"'{name}' dài {len(value)} ký tự, tối đa {TEXT_LIMIT} (too long)"
    if isinstance(value, str) and any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for char in value):
        return f"'{name}' có ký tự điều khiển không nhìn thấy được (control characters)"
    if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) < 1e18):
        return f"'{name}' không phải là một số dùng được (not a usable number)"
    return ""
