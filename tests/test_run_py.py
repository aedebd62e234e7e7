"""The project's own papers agree with one another, and `run.py` does what the README promises."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = {canonicalize_name(r.name): r.specifier for r in map(Requirement, PROJECT["project"]["dependencies"])}
DEVELOPMENT = {canonicalize_name(r.name): r.specifier for r in map(Requirement, PROJECT["dependency-groups"]["dev"])}
MACHINES = [
    {
        "python_version": minor,
        "python_full_version": f"{minor}.9",
        "sys_platform": system,
        "os_name": "nt" if system == "win32" else "posix",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    for minor in ("3.11", "3.12", "3.13")
    for system in ("linux", "win32", "darwin")
]


# ------------------------------------------------------------------------------------------------------------ environment.yml


def conda() -> tuple[dict, dict[str, SpecifierSet]]:
    """environment.yml, and its packages with their bounds, pip's part included."""
    listing = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    lines = [entry for entry in listing["dependencies"] if isinstance(entry, str)]
    lines += [line for entry in listing["dependencies"] if isinstance(entry, dict) for line in entry["pip"]]
    found = {}
    for line in lines:
        name, _, bounds = re.sub(r"([<>=!~])", r" \1", line, count=1).partition(" ")
        name = canonicalize_name(name.strip())  # conda writes jupyter_client, pip jupyter-client
        assert name not in found, f"{name} stands twice in environment.yml"
        found[name] = SpecifierSet(bounds.replace(" ", ""))
    return listing, found


def test_conda_lists_the_packages_of_pyproject_and_no_others():
    wanted = set(RUNTIME) | set(DEVELOPMENT)
    assert {"jupyterlab", "pandas", "numpy", "statsmodels", "altair", "papermill", "pytest"} <= wanted
    assert set(conda()[1]) - {"python", "pip"} == wanted


@pytest.mark.parametrize("name", sorted({**RUNTIME, **DEVELOPMENT}))
def test_conda_bounds_are_those_of_pyproject_or_narrower_from_above(name):
    ours, theirs = {**RUNTIME, **DEVELOPMENT}[name], conda()[1][name]
    assert set(ours), f"{name} has no lower bound in pyproject.toml"
    assert set(ours) <= set(theirs)
    assert all(extra.operator in ("<", "<=", "!=") for extra in set(theirs) - set(ours))
    assert any(theirs.contains(pin.version, prereleases=True) for pin in pins("requirements-dev.txt") if pin.name == name)


def test_conda_has_the_same_python_and_only_conda_forge():
    listing, packages = conda()
    assert listing["name"] == "kpi"
    assert listing["channels"] == ["conda-forge", "nodefaults"]
    assert packages["python"] == SpecifierSet(PROJECT["project"]["requires-python"])


# ------------------------------------------------------------------------------------------------------------ requirements


class Pin:
    """One entry of a requirements file."""

    def __init__(self, text: str):
        requirement = Requirement(re.split(r"\s--hash", text, maxsplit=1)[0].strip())
        self.name, self.marker = canonicalize_name(requirement.name), requirement.marker
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", text
        assert requirement.url is None, text
        self.version, self.hashes = Version(specifier.version), frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})(?!\S)", text))


def entries(name: str) -> list[str]:
    """Logical lines of a requirements file, without comments."""
    text = re.sub(r"(?m)^\s*#.*\n?", "", (ROOT / name).read_text(encoding="utf-8"))
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def pins(name: str) -> list[Pin]:
    """The pins of a requirements file; anything that is not a pin fails here."""
    found = [Pin(line) for line in entries(name)]
    assert found
    return found


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-uv.txt"])
def test_every_requirement_is_pinned_and_hashed_and_names_no_address(name):
    for line, pin in zip(entries(name), pins(name), strict=True):
        assert pin.hashes, f"{pin.name} has no hash"
        assert len(pin.hashes) == line.count("--hash="), f"{pin.name} has a malformed hash"
    text = (ROOT / name).read_text(encoding="utf-8").lower()
    assert not re.findall(r"https?:|file:|git\+|://|index-url|find-links|trusted-host|(?m:^\s*-[a-z])", text)


@pytest.mark.parametrize(("name", "wanted"), [("requirements.txt", RUNTIME), ("requirements-dev.txt", {**RUNTIME, **DEVELOPMENT})])
@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: f"{m['python_version']}-{m['sys_platform']}")
def test_each_dependency_is_pinned_once_within_its_bounds_on_every_machine(name, wanted, machine):
    there = [pin for pin in pins(name) if pin.marker is None or pin.marker.evaluate(machine)]
    names = [pin.name for pin in there]
    assert len(names) == len(set(names))
    versions = {pin.name: pin.version for pin in there}
    for package, bounds in wanted.items():
        assert package in versions, f"{package} is not pinned"
        assert versions[package] in bounds


def test_developers_get_exactly_the_versions_that_users_get():
    dev = {(pin.name, pin.version): pin.hashes for pin in pins("requirements-dev.txt")}
    for pin in pins("requirements.txt"):
        assert dev.get((pin.name, pin.version)) == pin.hashes, f"{pin.name} {pin.version} differs"


def test_uv_is_the_only_tool_fetched():
    assert [pin.name for pin in pins("requirements-uv.txt")] == ["uv"]


# ------------------------------------------------------------------------------------------------------------ what is in the tree

# Written in pieces, so that this file does not find itself.
TRACES = {
    "a home folder": r"(?<![\w.-])/(?:home|Users)" + r"/[a-z_]\w*/|[A-Za-z]:\\+Users" + r"\\+\w",
    "a machine's folder": r"(?<![\w.~-])/(?:root|work)" + r"/[\w.]",
    "a package index": r"--(?:extra-)?index" + r"-url|/sim" + r"ple(?=[/\s\"')]|$)|files\.python" + r"hosted|pypi" + r"\.org",
}


def tree() -> list[Path]:
    """Every file that git tracks or would track."""
    listing = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git work tree: what belongs to the project cannot be told")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_holds_a_path_of_a_developers_machine_or_a_package_index():
    files = tree()
    assert ROOT / "run.py" in files
    found = [
        f"{path.relative_to(ROOT)}: {what}: {hit[0]!r}"
        for path in files
        for text in [path.read_bytes().decode("latin-1")]
        for what, pattern in TRACES.items()
        if (hit := re.search(pattern, text, re.MULTILINE))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("see /ho" + "me/lan/kpi/x.csv", "a home folder"),
        (r'"C:\\Us' + r'ers\\Lan"', "a home folder"),
        ("open('/wo" + "rk/main')", "a machine's folder"),
        ("file:///ro" + "ot/.cache", "a machine's folder"),
        ("--index" + "-url x", "a package index"),
        ("https://mirror.example/sim" + "ple/", "a package index"),
    ],
)
def test_traces_of_a_machine_are_recognised(text, what):
    assert re.search(TRACES[what], text, re.MULTILINE)
    innocent = "https://www.example.vn/{0}/tin-tuc and data/{1}/x, network/simpler, ./{1}/x".format("home", "work")  # no path of a machine
    assert not re.search(TRACES[what], innocent)


def test_the_version_is_one():
    import kpi_lib

    version = PROJECT["project"]["version"]
    assert kpi_lib.__version__ == version
    heading = re.search(r"(?m)^##\s+\[?v?(\d+\.\d+\S*?)\]?(?=\s|$)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert heading, "CHANGELOG.md has no entry"
    assert heading[1] == version


def test_notebooks_are_kept_without_outputs():
    notebooks = sorted((ROOT / "notebooks").glob("**/*.ipynb"))
    notebooks = [path for path in notebooks if ".ipynb_checkpoints" not in path.parts]
    assert notebooks
    for path in notebooks:
        cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
        assert cells, path.name
        assert not [cell["source"] for cell in cells if cell["outputs"] or cell["execution_count"] is not None], path.name


# ------------------------------------------------------------------------------------------------------------ run.py


def test_run_needs_nothing_but_python():
    source = (ROOT / "run.py").read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(source)))
    imported = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {(node.module or "").split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {"os", "sys"} <= imported <= sys.stdlib_module_names


def test_an_old_python_is_told_so_instead_of_meeting_a_syntax_error():
    source = (ROOT / "run.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))
    assert source.index("sys.version_info <") < source.index("tomllib")


STUB = """
import os, sys, importlib.metadata as m
def main():
    print("arguments", sys.argv[1:])
    print("entry", sorted(e.name for e in m.entry_points(group="papermill.engine")), m.version("kpi-lib"))
    print("care", sys.flags.utf8_mode, sys.flags.safe_path, os.environ["OPENBLAS_NUM_THREADS"])
    print("prefix", sys.prefix)
    return 7
if __name__ == "__main__":
    sys.exit(main())
"""
SETTING_UP = "Setting the environment up"
posix = pytest.mark.skipif(os.name == "nt", reason="the stand-in for an installer is a shell script")


class Fake:
    """A tiny project with the real run.py, and a way to start it without uv, network or conda."""

    def __init__(self, folder: Path):
        self.folder = folder / "dự án"
        (self.folder / "kpi_lib").mkdir(parents=True)
        shutil.copy(ROOT / "run.py", self.folder)
        shutil.copy(ROOT / "pyproject.toml", self.folder)
        shutil.copy(ROOT / "environment.yml", self.folder)
        for name in ("requirements.txt", "requirements-dev.txt"):
            (self.folder / name).write_text("# nothing\n", encoding="utf-8")
        (self.folder / "kpi_lib" / "__init__.py").touch()
        (self.folder / "kpi_lib" / "cli.py").write_text(STUB, encoding="utf-8")
        self.path = folder / "bin"
        self.path.mkdir()
        kept = {"SYSTEMROOT", "TEMP", "TMP", "HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "LANG"}
        self.variables = {key: value for key, value in os.environ.items() if key.upper() in kept}
        self.variables |= {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1", "PATH": str(self.path) + os.pathsep + os.defpath}

    def start(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(self.folder / "run.py"), *arguments]
        return subprocess.run(
            command, cwd=self.path, env={**self.variables, **variables}, capture_output=True, encoding="utf-8", timeout=120, check=False
        )

    def installer(self, said: str) -> None:
        """Put a `uv` first on PATH that fails with these words."""
        script = self.path / "uv"
        script.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "uv 0.13.9" && exit\necho "{said}"\nexit 2\n', encoding="utf-8")
        script.chmod(0o755)


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    project = Fake(tmp_path)
    if subprocess.run([sys._base_executable, "-c", "import venv"], capture_output=True, check=False).returncode:
        uv = shutil.which("uv")
        if uv is None:
            pytest.skip("neither uv nor the venv module is here: no environment can be made without a network")
        project.variables["PATH"] = str(Path(uv).parent) + os.pathsep + project.variables["PATH"]
    return project


def test_the_second_start_reinstalls_nothing(fake):
    first = fake.start()
    assert first.returncode == 7, first.stderr
    assert SETTING_UP in first.stderr
    stamp = fake.folder / ".venv" / "kpi-environment.json"
    made = stamp.stat().st_mtime_ns
    second = fake.start("run", "--unit", "việt nam")
    assert second.returncode == 7
    assert second.stderr == ""
    assert stamp.stat().st_mtime_ns == made
    assert "arguments ['run']" in first.stdout
    assert "arguments ['run', '--unit', 'việt nam']" in second.stdout


def test_the_job_runs_in_the_projects_own_environment_with_its_entry_points(fake):
    said = fake.start(PYTHONPATH=str(fake.path), PYTHONDONTWRITEBYTECODE="1").stdout
    assert f"entry ['kpi-fork', 'kpi-kernel'] {PROJECT['project']['version']}" in said
    assert "care 1 True 1" in said
    assert f"prefix {fake.folder / '.venv'}" in said


def test_the_kpi_script_works_without_run_py(fake):
    fake.start()
    script = fake.folder / ".venv" / ("Scripts/kpi.cmd" if os.name == "nt" else "bin/kpi")
    variables = {**fake.variables, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([script, "a b"], capture_output=True, encoding="utf-8", env=variables, check=False)
    assert done.returncode == 7, done.stderr
    assert "arguments ['a b']" in done.stdout


def test_uv_makes_the_environment_where_there_is_one(fake):
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("no uv on PATH")
    done = fake.start(PATH=str(Path(uv).parent) + os.pathsep + os.environ["PATH"])
    assert done.returncode == 7, done.stderr
    assert "uv =" in (fake.folder / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")


@pytest.mark.parametrize("event", ["the stamp is missing", "the pins changed", "the folder moved"])
def test_the_environment_is_made_again_when(fake, event):
    fake.start()
    (fake.folder / ".venv" / "left-over").touch()
    if event == "the stamp is missing":
        (fake.folder / ".venv" / "kpi-environment.json").unlink()
    elif event == "the pins changed":
        (fake.folder / "requirements.txt").write_text("# changed\n", encoding="utf-8")
    else:
        fake.folder = fake.folder.rename(fake.folder.with_name("elsewhere"))
    again = fake.start()
    assert again.returncode == 7, again.stderr
    assert SETTING_UP in again.stderr
    assert not (fake.folder / ".venv" / "left-over").exists()


def test_a_changed_pyproject_is_registered_without_a_new_environment(fake):
    fake.start()
    listing = fake.folder / "pyproject.toml"
    text = listing.read_text(encoding="utf-8")
    listing.write_text(text.replace(f'version = "{PROJECT["project"]["version"]}"', 'version = "9.9.9"', 1), encoding="utf-8")
    again = fake.start()
    assert again.stderr == ""
    assert "9.9.9" in again.stdout


def test_two_starts_at_once_make_one_environment(fake):
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: fake.start(), range(2)))
    assert [one.returncode for one in done] == [7, 7], [one.stderr for one in done]
    assert sum(SETTING_UP in one.stderr for one in done) == 1


@posix
def test_the_activated_conda_environment_is_used_as_it_is(fake, tmp_path):
    python = tmp_path / "conda" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    for _ in range(2):
        done = fake.start("status", CONDA_PREFIX=str(tmp_path / "conda"), CONDA_DEFAULT_ENV="kpi")
        assert done.returncode == 7, done.stderr
        assert done.stderr == ""
        assert "entry ['kpi-fork', 'kpi-kernel']" in done.stdout
    assert not (fake.folder / ".venv").exists()
    assert SETTING_UP in fake.start("status", CONDA_PREFIX=str(tmp_path / "conda"), CONDA_DEFAULT_ENV="other").stderr


@posix
@pytest.mark.parametrize(
    ("said", "vietnamese", "english"),
    [
        ("error: Hash mismatch for numpy==2.4.6", "mã băm", "pinned hash"),
        ("error: failed to write: No space left on device (os error 28)", "Đĩa đầy", "disk is full"),
        ("error: dns error: failed to lookup address information", "HTTPS_PROXY", "no network, or a proxy"),
        ("error: invalid peer certificate: UnknownIssuer", "chứng thư", "certificate"),
    ],
)
def test_a_failed_set_up_says_what_to_do_and_keeps_the_environment_there_was(fake, said, vietnamese, english):
    fake.start()
    (fake.folder / "requirements.txt").write_text("nothing==1.0 --hash=sha256:" + "0" * 64 + "\n", encoding="utf-8")
    fake.installer(said)
    failed = fake.start()
    assert failed.returncode == 50
    assert failed.stdout == ""
    assert vietnamese in failed.stderr
    assert english in failed.stderr
    assert failed.stderr.index(vietnamese) < failed.stderr.index(english)
    (fake.folder / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    restored = fake.start()
    assert restored.returncode == 7
    assert restored.stderr == ""
