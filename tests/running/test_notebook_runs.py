"""Notebooks run whole or not at all, with the parameters that were asked for, and nothing is left running."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from kpi_lib.running import notebooks, processes
from kpi_lib.running.interpreter import environment
from kpi_lib.running.notebooks import Job, run_many, run_notebook
from kpi_lib.running.parameters import check_parameters
from kpi_lib.words.messages import KpiError

PARAMETERS = '# parameters\nunit: str = "quang-ninh"  # folder\nyear: int = 2025\nshare: float = 0.5\nfull: bool = True'
ENGINES = ["fork", "kernel"] if notebooks.default_engine() == "fork" else ["kernel"]
ROOT = Path(notebooks.__file__).parents[2]


def notebook(
    folder: Path, *cells: str, parameters: str = PARAMETERS, tags: tuple[str, ...] = ("parameters",), name: str = "Sổ tay – quý.ipynb"
) -> Path:
    code = nbformat.v4.new_code_cell
    made = [nbformat.v4.new_markdown_cell("# Báo cáo"), code(parameters, metadata={"tags": list(tags)}), *map(code, cells)]
    for number, cell in enumerate(made):
        cell.id = f"c{number}"
    path = folder / name
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


@pytest.fixture(scope="module", autouse=True)
def _nothing_left_running():
    yield
    processes.stop_server()
    deadline = time.monotonic() + PATIENCE
    while left := [
        child.cmdline()[:4]
        for child in psutil.Process().children(recursive=True)
        if "kpi_lib" in (line := " ".join(child.cmdline())) and "deliveries.files.process" not in line
    ]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


RICH = (
    "import sys\nimport altair as alt\nimport pandas as pd\nfrom kpi_lib.charts.base import drawing\ndrawing.enable()",
    "pd.DataFrame({'Tên': ['Đông Triều', unit], 'x': [1.5, year]})",
    "print('một'); print('hai'); print('lỗi', file=sys.stderr); 'Thu ngân sách nhà nước'",
    "alt.Chart(pd.DataFrame({'a': [1, 2]}), title='Biểu đồ').mark_bar().encode(x='a:Q')",
    "from IPython.display import display\ndisplay(pd.Series([1, 2])); print('sau')\npd.Series(range(200))",
    "1;",
)


@pytest.mark.parametrize("name", processes.PRELOAD)
def test_what_a_forked_process_is_to_find_imported_or_called_exists(name: str):
    module, _, made = name.partition(":")
    found = importlib.import_module(module)
    assert not made or getattr(found, made)() is None, "what fails there is skipped in silence, so it is tried here"


@pytest.mark.slow
def test_both_engines_give_equal_notebooks(tmp_path):
    source = notebook(tmp_path, *RICH)
    facts = {name: run_notebook(source, tmp_path / f"{name}.ipynb", {"unit": "uong-bi"}, engine=name) for name in ENGINES}
    written = {(tmp_path / f"{name}.ipynb").read_bytes() for name in ENGINES}
    assert len(written) == 1
    for name, fact in facts.items():
        assert fact["engine"] == name
        assert fact["cells"] == 8
        assert fact["stderr"] == ["lỗi\n"]
        assert fact["retries"] == 0
    executed = written.pop().decode()
    assert "Đông Triều" in executed
    assert "application/vnd.vegalite.v6+json" in executed
    assert str(tmp_path) not in executed
    assert "papermill" not in executed.replace("injected-parameters", "")


PATIENCE = 120  # seconds; only what never comes costs them, and a busy machine may need many
ENDS = {
    "killed": ("import os; os.kill(os.getpid(), 9)", "the kernel died"),
    "left": ("import os; os._exit(0)", "the kernel died"),
    "endless": ("while True: pass", "a cell took too long"),
    "exit": ("import sys; sys.exit(0)", "SystemExit"),
    "failing": ("1 / 0", "ZeroDivisionError"),
    "chatty": ("print('x' * 30_000_000)", "printed more than"),
}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_does_not_end_well_is_told_and_writes_nothing(tmp_path, engine):
    out = tmp_path / "out"
    sources = {name: notebook(tmp_path, "first = 1", code, "last = 1", name=f"{name}.ipynb") for name, (code, _) in ENDS.items()}
    jobs = [Job(source, out / source.name, {}, cell_seconds=2 if name == "endless" else PATIENCE) for name, source in sources.items()]
    with pytest.raises(KpiError, match="did not finish") as refused:
        run_many(jobs, engine=engine, workers=3)
    told = dict(line.removeprefix("Notebook ").split(".ipynb ", 1) for line in str(refused.value).splitlines())
    assert {name: said in told[name] for name, (_, said) in ENDS.items()} == dict.fromkeys(ENDS, True), told
    assert str(ROOT) not in str(refused.value)
    assert not out.exists()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_notebook_over_its_whole_limit_is_killed_with_all_it_started(tmp_path, engine):
    marker = tmp_path / "pid"
    started = f"import subprocess, sys, time\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\nopen({str(marker)!r}, 'w').write(str(child.pid))"
    source = notebook(tmp_path, started, "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)")
    for times in (1, 4, 16):  # on a busy machine the first limit may come before the first cell
        with pytest.raises(KpiError, match="whole notebook"):
            run_notebook(source, tmp_path / "o.ipynb", {}, engine=engine, notebook_seconds=times * {"fork": 4, "kernel": 12}[engine])
        if marker.exists() and marker.read_text():
            break
    _ends(int(marker.read_text()))


def _ends(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "a process was left behind"
        time.sleep(0.05)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_child_left_by_a_finished_notebook_is_killed(tmp_path, engine):
    marker = tmp_path / "pid"
    source = notebook(
        tmp_path,
        f"import subprocess\nchild = subprocess.Popen(['sleep', '600'], start_new_session=True)\nopen({str(marker)!r}, 'w').write(str(child.pid))",
    )
    run_notebook(source, tmp_path / "o.ipynb", {}, engine=engine)
    _ends(int(marker.read_text()))


def test_a_kernel_that_does_not_start_is_killed_and_tried_once_more(tmp_path, monkeypatch):
    source, real, calls = notebook(tmp_path, "1"), processes.command, []

    def die_first(action: str, *arguments: str) -> list[str]:
        calls.append(action)
        return [sys.executable, "-c", "raise SystemExit(3)"] if len(calls) == 1 else real(action, *arguments)

    monkeypatch.setattr(processes, "command", die_first)
    assert run_notebook(source, tmp_path / "o.ipynb", {}, engine="kernel")["retries"] == 1
    monkeypatch.setattr(processes, "command", lambda *_: [sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.setattr(notebooks, "START_SECONDS", 0.3)
    with pytest.raises(KpiError, match="no kernel started"):
        run_notebook(source, tmp_path / "p.ipynb", {}, engine="kernel")


@pytest.mark.parametrize("engine", ENGINES)
def test_cells_run_in_a_clean_place(tmp_path, engine, monkeypatch):
    for folder in (tmp_path, tmp_path / "home"):
        folder.mkdir(exist_ok=True)
        for module in ("pandas", "statistics", "copy"):
            (folder / f"{module}.py").write_text("raise SystemExit('shadowed')")
    startup = tmp_path / "home" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "bad.py").write_text("raise SystemExit('startup ran')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home"))
    monkeypatch.setenv("KPI_ROOT", "the-root")
    checks = (
        "import os, sys, statistics, copy, pandas",
        "assert os.listdir('.') == [] and '' not in sys.path and '.' not in sys.path",
        "assert os.environ['KPI_BATCH'] == os.environ['OPENBLAS_NUM_THREADS'] == os.environ['JUPYTER_NO_CONFIG'] == '1'",
        "assert os.environ['KPI_ROOT'] == 'the-root'",
        "assert sys.modules.get('rfc3987_syntax') is None",
        f"import kpi_lib; assert kpi_lib.__file__.startswith({str(ROOT)!r})",
    )
    run_notebook(notebook(tmp_path, *checks), tmp_path / "o.ipynb", {}, engine=engine)


def test_what_one_notebook_changes_the_next_does_not_see(tmp_path):
    leave = notebook(tmp_path, "import os, sys, json\nos.environ['LEAK'] = '1'; json.leak = 1; os.makedirs('left')", name="a.ipynb")
    look = notebook(
        tmp_path, "import os, json\nassert 'LEAK' not in os.environ and not hasattr(json, 'leak') and not os.listdir('.')", name="b.ipynb"
    )
    for source in (leave, look):
        run_notebook(source, tmp_path / "o" / source.name, {})
    assert "LEAK" not in os.environ


def test_what_goes_before_is_done_once_for_all_and_its_failure_is_the_notebooks_to_tell(tmp_path):
    asks = notebook(tmp_path, "import fractions, os\n(getattr(fractions, 'made', 0), os.getppid())")
    jobs = [Job(asks, tmp_path / f"{n}.ipynb", {}) for n in range(3)]
    loads = ("runpy:run_path", {"path_name": str(tmp_path / "sets.py")})
    (tmp_path / "sets.py").write_text("import fractions\nfractions.made = getattr(fractions, 'made', 0) + 2\n", encoding="utf-8")
    run_many(jobs, engine="fork", before=loads)
    said = [nbformat.read(job.output, 4).cells[-1].outputs[0].data["text/plain"] for job in jobs]
    assert {text.split(",")[0] for text in said} == {"(2"}
    run_many(jobs[:1], engine="fork", before=("runpy:run_path", {"path_name": str(tmp_path / "none.py")}))
    run_many(jobs[:1], engine="fork", before=("runpy:none", {}))
    processes.stop_server()


def test_many_notebooks_run_side_by_side_and_every_failure_is_told(tmp_path):
    good = [
        Job(notebook(tmp_path, "import time; time.sleep(0.4); year", name=f"{n}.ipynb"), tmp_path / "o" / f"{n}.ipynb", {"year": n})
        for n in range(4)
    ]
    bad = [
        Job(notebook(tmp_path, f"raise ValueError('fault {n}')", name=f"bad{n}.ipynb"), tmp_path / "o" / f"bad{n}.ipynb", {})
        for n in range(2)
    ]
    done: list[str] = []
    with pytest.raises(KpiError) as refused:
        run_many([*good, *bad], workers=4, on_done=lambda job, facts: done.append(f"{job.source.stem}:{facts['cells']}"))
    assert sorted(done) == ["0:3", "1:3", "2:3", "3:3"]
    assert all(f"bad{n}.ipynb" in str(refused.value) and f"fault {n}" in str(refused.value) for n in range(2))
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["0.ipynb", "1.ipynb", "2.ipynb", "3.ipynb"]


@pytest.mark.skipif(len(ENGINES) == 1, reason="no fork here")
def test_when_the_caller_is_killed_nothing_lives_on(tmp_path):
    marker = tmp_path / "pid"
    source = notebook(tmp_path, f"import os, time\nopen({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    call = f"from kpi_lib.running.notebooks import run_notebook; run_notebook({str(source)!r}, {str(tmp_path / 'o.ipynb')!r}, {{}})"
    caller = subprocess.Popen([sys.executable, "-c", call], cwd=ROOT)
    deadline = time.monotonic() + PATIENCE
    while not (marker.exists() and marker.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    caller.kill()
    caller.wait()
    _ends(int(marker.read_text()))


def test_an_interrupted_run_leaves_nothing_and_the_next_one_works(tmp_path):
    slow = notebook(tmp_path, "import time; time.sleep(600)", name="slow.ipynb")
    quick = notebook(tmp_path, "1", name="quick.ipynb")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_many([Job(slow, tmp_path / "s.ipynb", {}), Job(quick, tmp_path / "q.ipynb", {})], workers=2, on_done=stop)
    assert time.monotonic() - begun < PATIENCE
    run_notebook(quick, tmp_path / "q2.ipynb", {})


def test_the_caller_never_loads_papermill_nor_the_slow_grammar(tmp_path):
    source = notebook(tmp_path, "1")
    check = (
        f"from kpi_lib.running.notebooks import run_notebook; from kpi_lib.running.processes import stop_server; import sys; run_notebook({str(source)!r}, {str(tmp_path / 'o.ipynb')!r}, {{}}); stop_server(); "
        "assert 'papermill' not in sys.modules and sys.modules['rfc3987_syntax'] is None"
    )
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True, timeout=PATIENCE)


def test_papermill_itself_can_use_both_engines(tmp_path):
    source = notebook(tmp_path, "year + 1")
    check = (
        "import papermill; from kpi_lib.running.engines import register; register()\n"
        f"for name in {ENGINES!r}:\n"
        f"    nb = papermill.execute_notebook({str(source)!r}, None, {{'year': 41}}, engine_name='kpi-' + name,"
        " kernel_name='python3', language='python', progress_bar=False)\n"
        "    assert nb.cells[-1].outputs[0].data['text/plain'] == '42'\n"
    )
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True, timeout=PATIENCE)


HOSTILE: list[tuple[object, object]] = [
    ("x=1;open('pwned','w').write('1');y", 1), ("__import__('os').system('touch pwned')", 1), ("quater", "2025Q3"), ("nam", 2025), ("Year", 2025),
    ("year ", 2025), ("yeаr", 2025), ("", 1), ("class", 1), ("unit.x", 1), ("unit\n", "a"), ("_", 1), (3, 1), ("a" * 60, 1),
    ("year", "2025"), ("year", True), ("year", 2025.0), ("year", None), ("year", [2025]), ("year", 10**30), ("full", 1), ("share", "0.5"), ("share", float("nan")),
    ("share", float("inf")), ("unit", 7), ("unit", "a" * 201), ("unit", "a\0b"), ("unit", "a\nimport os"), ("unit", "a\u202eb"), ("unit", "a\u2028b"), ("unit", b"x"),
    ("unit", {"a": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_parameter_is_refused_and_nothing_is_run_or_written(tmp_path, monkeypatch, name, value):
    monkeypatch.chdir(tmp_path)
    ran = tmp_path / "ran"
    source = notebook(tmp_path, f"open({str(ran)!r}, 'w')")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(KpiError, match="nothing was run"):
        run_notebook(source, tmp_path / "out" / "o.ipynb", {name: value})  # type: ignore[dict-item]
    assert sorted(tmp_path.iterdir()) == before


def test_an_unknown_name_is_answered_with_the_nearest_one(tmp_path):
    with pytest.raises(KpiError, match="did you mean 'year'"):
        check_parameters(notebook(tmp_path, "1"), {"yaer": 2025})


def test_hostile_text_in_a_value_stays_text(tmp_path):
    text = "'\"]}); import os # {unit} $(touch x) <b> \\"
    source = notebook(tmp_path, f"assert unit == {text!r}")
    run_notebook(source, tmp_path / "{unit}.ipynb", {"unit": text})
    assert (tmp_path / "{unit}.ipynb").exists()


def test_all_faults_come_in_one_message(tmp_path):
    with pytest.raises(KpiError) as refused:
        check_parameters(notebook(tmp_path, "1"), {"yaer": 1, "unit": 3, "full": "x"})
    assert str(refused.value).count("\n- ") == 3


def test_whole_numbers_are_good_enough_for_a_float_and_become_one(tmp_path):
    share = check_parameters(notebook(tmp_path, "1"), {"share": 1})["share"]
    assert isinstance(share, float)


@pytest.mark.parametrize(
    "cell",
    [
        "year = 2025",
        "year: int = 2000 + 25",
        "year: int = '2025'",
        "year: list = []",
        "import os",
        "year: int",
        "unit: str = f'{1}'",
        "Unit: str = 'a'",
        "year: int =",
    ],
)
def test_the_parameters_cell_holds_annotated_literals_only(tmp_path, cell):
    with pytest.raises(KpiError):
        check_parameters(notebook(tmp_path, "1", parameters=cell), {})


def test_a_notebook_without_the_tag_is_refused(tmp_path):
    with pytest.raises(KpiError, match="tag 'parameters'"):
        check_parameters(notebook(tmp_path, "1", tags=()), {})


def test_a_missing_notebook_is_refused(tmp_path):
    with pytest.raises(KpiError, match="cannot be read"):
        run_notebook(tmp_path / "none.ipynb", tmp_path / "o.ipynb", {})


def test_the_same_run_gives_the_same_bytes(tmp_path):
    source = notebook(tmp_path, *RICH)
    for name in "ab":
        run_notebook(source, tmp_path / name, {"year": 2024})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_runs_may_be_asked_for_from_another_thread(tmp_path):
    source, problems = notebook(tmp_path, "1"), []

    def work() -> None:
        try:
            run_notebook(source, tmp_path / "o.ipynb", {})
        except Exception as error:
            problems.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(PATIENCE)
    assert not problems
    assert (tmp_path / "o.ipynb").exists()


# ---- orphans ---------------------------------------------------------------------------------------------------------------------


def made_elsewhere(action: str) -> list[str]:
    """The command of a new interpreter, from a process that has ended meanwhile."""
    code = f"import json; from kpi_lib.running.interpreter import command; print(json.dumps(command({action!r})))"
    return list(json.loads(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout))


def test_a_process_whose_parent_died_before_it_could_ask_ends_at_once(tmp_path):
    done = subprocess.run(made_elsewhere("print('alive')"), env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 1 and not done.stdout and not done.stderr


@pytest.mark.parametrize("doing", ["time.sleep(600)", "sys.modules.update(psutil=None); [None for _ in iter(int, 1)]"])
def test_a_process_that_is_busy_dies_with_its_parent(tmp_path, doing):
    code = (
        "import subprocess, time; from pathlib import Path; from kpi_lib.running.interpreter import command, environment; "
        f"child = subprocess.Popen(command('import time; print(1, flush=True); ' + {doing!r}), env=environment(Path({str(tmp_path)!r})), stdout=-1, start_new_session=True); "
        "child.stdout.readline(); print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout
        child = int(caller.stdout.readline())
        caller.kill()
    _ends(child)
