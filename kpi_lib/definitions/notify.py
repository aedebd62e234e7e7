"""Who learns of a run by e-mail, and through which server: `notify.toml` beside `unit.toml`. A password never stands in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpi_lib.definitions import folders, settings
from kpi_lib.definitions.settings import read_toml
from kpi_lib.words.messages import KpiError, Text, Words

NAME = "notify.toml"
SECURITY = ("starttls", "tls", "none")
PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")


def _text(value: Any) -> Words | None:
    return None if isinstance(value, str) and value.strip() and value.isprintable() else Text("text is needed")


def _address(value: Any) -> Words | None:
    return (
        None
        if isinstance(value, str) and _ADDRESS.fullmatch(value)
        else Text("an e-mail address is needed, like {example}", example="an@example.vn")
    )


def _addresses(value: Any) -> Words | None:
    fits = isinstance(value, list) and value and all(_address(each) is None for each in value)
    return None if fits else Text("a list of e-mail addresses is needed, like {example}", example='["an@example.vn"]')


RULES: Mapping[str, settings.Rule] = {
    "server": _text, "port": settings.whole(1, 65535), "security": settings.one_of(SECURITY), "user": _text, "password_env": _text,
    "password_file": _text, "certificates": _text, "sender": _address, "on_success": _addresses, "on_failure": _addresses,
    "timeout": settings.whole(1, 600),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notify:
    """How mail goes out: the server, how the way to it is secured, who signs in, who gets what.

    `certificates` is a file of authorities trusted beside the system's; `timeout` in seconds.
    """

    server: str
    sender: str
    security: str = "starttls"
    port: int = 0
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    certificates: str = ""
    on_success: tuple[str, ...] = ()
    on_failure: tuple[str, ...] = ()
    timeout: int = 30

    def password(self) -> str:
        """The password, from where the settings say it lies.

        Raises
        ------
        KpiError : it is not there.
        """
        if self.password_env:
            if not (found := os.environ.get(self.password_env, "")):
                raise KpiError("the password is not in the variable {name} of the environment", name=self.password_env)
            return found
        try:
            return (folders.root() / self.password_file).read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError):
            raise KpiError("the file with the password cannot be read: {file}", file=self.password_file) from None


def read_notify(unit: str) -> Notify | None:
    """The settings of a unit's mail; None where there are none.

    Raises
    ------
    KpiError : every fault of the file at once.
    """
    path = folders.raw(unit) / NAME
    if not path.exists():
        return None
    data = read_toml(path)
    settings.refuse(f"{unit}/{NAME}", _faults(data))
    told: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    return Notify(**{"port": PORTS[data.get("security", "starttls")], **told})


def _faults(data: Mapping[str, Any]) -> Iterator[Words]:
    yield from settings.keys(data, RULES, "")
    yield from settings.values(data, RULES, "")
    yield from (Text("{key} is missing", key=key) for key in ("server", "sender") if key not in data)
    if not {"on_success", "on_failure"} & set(data):
        yield Text("nobody is named who gets mail: {keys}", keys="on_success, on_failure")
    if ("user" in data) != bool({"password_env", "password_file"} & set(data)):
        yield Text("a user needs a password and a password a user: {keys}", keys="user, password_env | password_file")
    if "user" in data and data.get("security") == "none":
        yield Text("a password is not sent without encryption: security = {words}", words='"starttls" | "tls"')
    if isinstance(file := data.get("password_file", ""), str) and _within(file):
        yield Text("password_file = {file}: a password must not lie in the folder of the data, which is copied and shared", file=file)


def _within(file: str) -> bool:
    """Whether a file lies in the folder of the data."""
    return bool(file) and (folders.root() / Path(file)).resolve().is_relative_to((folders.root() / "data").resolve())
