"""`kpi lab`: JupyterLab at the officers' desk, offline, in their language."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from kpi_lib.cli.console import DEFAULT_AS_OF, DEFAULT_UNIT, language, tell
from kpi_lib.words.messages import Text, say

# What JupyterLab does where the officer has not chosen otherwise; its own defaults ask for news and updates on the network.
_DEFAULTS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"recordTiming": False, "windowingMode": "none"},
}
_NEVER = "jupyterlab.NeverCheckForUpdate"
_HIDDEN = ("notebooks", "kpi_lib", "tests", "benchmarks", "__pycache__", "*.egg-info", "requirements*.txt", "pyproject.toml")


def add_lab(command: Callable[..., argparse.ArgumentParser], lang: str) -> None:
    """Describe the command."""
    made = command("lab", Text("open JupyterLab at the officers' desk"))
    made.set_defaults(do=lab)
    made.add_argument("arguments", nargs=argparse.REMAINDER, help=say("handed on to jupyter lab", lang))


def arranged(given: Sequence[str]) -> list[str]:
    """The arguments of `kpi lab` with those for Jupyter behind a `--`: argparse would take them for its own.

    >>> arranged(["--no-browser", "--unit", "viet-nam"])
    ['lab', '--unit', 'viet-nam', '--', '--no-browser']
    """
    ours = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for name in ("--unit", "--lang", "--root"):
        ours.add_argument(name)
    ours.add_argument("--help", "-h", action="store_true")
    known, more = ours.parse_known_args([argument for argument in given if argument != "--"])
    options = [part for name in ("unit", "lang", "root") if (value := getattr(known, name)) is not None for part in (f"--{name}", value)]
    return ["lab", *options, *(["--help"] if known.help else []), "--", *more]


def lab(options: argparse.Namespace) -> int:
    """Make the desk where there is none, and become JupyterLab: whoever ends this process ends the server and its kernels."""
    from kpi_lib.definitions import folders
    from kpi_lib.page.desk import notebooks

    if options.unit == DEFAULT_UNIT and (known := folders.units()) and DEFAULT_UNIT not in known:
        options.unit = known[0]
    lang, root = language(options), folders.root()
    folders.raw(options.unit)  # refuses a unit that is none
    start, beside = notebooks.take("start", parameters={"lang": options.lang} if options.lang else {})
    if beside:
        told = Text("A newer start page lies beside the one you changed: {path}. Yours is as you left it.", path=str(start))
        tell(options, told)
    opened_with = {
        "KPI_UNIT": options.unit,
        "KPI_LANG": options.lang or "",
        "KPI_AS_OF": DEFAULT_AS_OF if options.unit == DEFAULT_UNIT else str(options.today),
    }
    os.environ |= {"KPI_ROOT": str(root), **opened_with}
    command = [sys.executable, "-m", "jupyter", "lab", *_settings(root, start, lang)]
    command += [argument for argument in options.arguments if argument != "--"]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    import subprocess

    return subprocess.call(command)


def _settings(root: Path, start: Path, lang: str) -> list[str]:
    """JupyterLab's options: our start page, the officers' folder, no word to the network, the language's menus where they are installed."""
    from kpi_lib.page.desk import notebooks

    chosen = next((pack.name for pack in entry_points(group="jupyterlab.languagepack") if pack.name.split("_")[0] == lang), "default")
    settings = root / ".cache" / "jupyterlab" / lang
    settings.mkdir(parents=True, exist_ok=True)
    defaults = {**_DEFAULTS, "@jupyterlab/translation-extension:plugin": {"locale": chosen}}
    (settings / "overrides.json").write_text(json.dumps(defaults, indent=1), encoding="utf-8")
    return [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={root}",
        f"--FileContentsManager.preferred_dir={notebooks.desk()}",
        f"--LabApp.default_url=/lab/tree/{start.relative_to(root).as_posix()}",
        f"--LabApp.app_settings_dir={settings}",
        f"--LabApp.extra_labextensions_path={Path(notebooks.__file__).with_name('labextension')}",
        f"--ContentsManager.hide_globs={[*_HIDDEN]!r}",
        "--LabApp.news_url=None",
        f"--LabApp.check_for_updates_class={_NEVER}",
        "--LabApp.extension_manager=readonly",
    ]
