"""A plain IPython shell that keeps what each cell puts out, in the form a notebook stores it."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import sys
from collections.abc import Iterator
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

Output = dict[str, Any]


class _Stream(io.TextIOBase):
    """Standard output or error of a cell; consecutive writes become one output, and no more than `room` characters are kept."""

    encoding = "utf-8"

    def __init__(self, shell: ZmqFreeShell, name: str) -> None:
        self.shell, self.name = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        outputs, kept = self.shell.outputs, text[: max(0, self.shell.room)]
        self.shell.room -= len(kept)
        if outputs and outputs[-1].get("name") == self.name:
            outputs[-1]["parts"].append(kept)
        elif kept:
            outputs.append({"output_type": "stream", "name": self.name, "parts": [kept]})
        return len(text)


class _Hook(DisplayHook):
    """The value of a cell's last line."""

    def start_displayhook(self) -> None: ...

    def write_output_prompt(self) -> None: ...

    def write_format_data(self, format_dict: Output, md_dict: Output | None = None) -> None:
        assert self.shell
        result = {"output_type": "execute_result", "execution_count": self.prompt_count, "data": format_dict, "metadata": md_dict or {}}
        self.shell.outputs.append(result)

    def finish_displayhook(self) -> None: ...


class _Publisher(DisplayPublisher):
    """What a cell shows with `display`."""

    def publish(
        self,
        data: Output,
        metadata: Output | None = None,
        source: Any = None,  # noqa: ARG002
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Append an output, or change those shown under the same display id."""
        name = (transient or {}).get("display_id")
        shown = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
        if not update:
            self.shell.outputs.append({**shown, "display_id": name} if name else shown)
            return
        for output in self.shell.outputs:
            if output.get("display_id") == name:
                output.update(data=data, metadata=metadata or {})

    def clear_output(self, wait: bool = False) -> None:  # noqa: ARG002
        """Forget what the cell has shown so far."""
        self.shell.outputs.clear()


class ZmqFreeShell(InteractiveShell):
    """Named so because pandas looks for 'zmq' in the shell's class to know that it writes for a notebook, not for a terminal."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)

    def __init__(self, **options: Any) -> None:
        self.outputs: list[Output] = []
        self.limit = self.room = 0
        super().__init__(**options)

    def ask_exit(self) -> None:
        """Remember that a cell asked for the end."""
        self.exit_now = True

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no window to open."""

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.outputs.append({"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": stb})

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        self.outputs.clear()
        self.room = self.limit + 1
        with contextlib.redirect_stdout(_Stream(self, "stdout")), contextlib.redirect_stderr(_Stream(self, "stderr")):
            yield

    def play(self, source: str) -> Output:
        """Run one cell and return its `outputs`, its `execution_count` and whether it went well (`ok`)."""
        count = self.execution_count
        with self._listening():
            result = self.run_cell(source, store_history=True)
        if self.exit_now:
            self.outputs.append({"output_type": "error", "ename": "SystemExit", "evalue": "exit()", "traceback": []})
        ok = result.success and not self.exit_now
        return {"outputs": [_clean(output) for output in self.outputs], "execution_count": count, "ok": ok}


def _clean(output: Output) -> Output:
    """Return an output as plain JSON: joined text, pictures as base64."""
    output = {key: value for key, value in output.items() if key != "display_id"}
    if "parts" in output:
        output["text"] = "".join(output.pop("parts"))
    for kind, value in output.get("data", {}).items():
        if isinstance(value, bytes):
            output["data"][kind] = base64.b64encode(value).decode("ascii")
    from jupyter_client.jsonutil import json_default

    return dict(json.loads(json.dumps(output, default=json_default)))


def new_shell(limit: int) -> ZmqFreeShell:
    """Return a fresh shell that keeps at most `limit` characters a cell prints; it writes no history."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.xmode = "Context"
    shell = ZmqFreeShell.instance(config=config)
    shell.limit = limit
    sys.stdin = io.StringIO()
    return shell
