#!/usr/bin/env python3
"""Set the environment up and run: the main job, any `kpi` command, or the tests.

    python3 run.py                      the main job (`kpi run`)
    python3 run.py run --unit viet-nam  any kpi command with its arguments
    python3 run.py lab                  JupyterLab
    python3 run.py test [pytest args]   the tests

Needs Python 3.11 or newer with pip, nothing else. The environment is `.venv`, made from the pinned and hashed requirements with uv
(from PATH, else fetched into `.tools`), else with venv and pip; it is made again only when the pins, the folder or the interpreter changed.
In an activated conda environment named as in environment.yml nothing is installed. The exit code is the job's; 50: no environment.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

NO_ENVIRONMENT = 50
WINDOWS = os.name == "nt"


def say(*lines):
    """Print lines to standard error, so that the job's own output stays clean."""
    print(*lines, sep="\n", file=sys.stderr, flush=True)


# Everything above parses on Python 3.6 too, so that an old interpreter is told what is wrong instead of dying of a syntax error.
if sys.version_info < (3, 11):  # noqa: UP036
    say(
        "Cần Python 3.11 trở lên; đang chạy Python {}.{} ({}).".format(*sys.version_info[:2], sys.executable),
        "Cách xử lý: cài Python mới hơn (https://www.python.org, hoặc kho phần mềm của cơ quan) rồi chạy lại; Windows: py -3 run.py",
        "Python 3.11 or newer is needed: install it and start again with it (python3.11 run.py; Windows: py -3.11 run.py).",
    )
    sys.exit(NO_ENVIRONMENT)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
STAMP = VENV / "kpi-environment.json"
LOG = TOOLS / "setup.log"
WHEELS = TOOLS / "wheels"  # put there by hand for a machine without network: docs/setup.md
FILTER = "notebook-without-outputs"  # what git calls this file with
USERS, DEVELOPERS, UV_PIN = "requirements.txt", "requirements-dev.txt", "requirements-uv.txt"

PIP_OPTIONS = ("--quiet", "--no-compile", "--only-binary", ":all:", "--retries", "2", "--disable-pip-version-check")

# What went wrong, found in the installer's own words; the first that fits is told. (words, Vietnamese, English)
FAULTS = (
    (
        r"hash(es)? mismatch|do not match the hashes|hash.{0,40}(missing|required)",
        "Gói tải về KHÔNG khớp mã băm đã ghim: tệp bị hỏng hoặc bị thay đổi trên đường truyền; không cài gì. "
        "Cách xử lý: chạy lại; nếu vẫn vậy, báo bộ phận CNTT, không bỏ qua kiểm tra này.",
        "A downloaded package does NOT match its pinned hash: damaged or altered on the way; nothing was installed. "
        "Try again; if it stays so, tell your IT department. Do not switch the check off.",
    ),
    (
        r"no space left|os error 28\b|os error 112\b|errno 28\b|not enough space|disk quota",
        "Đĩa đầy: cần khoảng 1,5 GB trống cho môi trường và bộ đệm. Cách xử lý: giải phóng dung lượng rồi chạy lại.",
        "The disk is full: about 1.5 GB is needed for the environment and its cache. Make room, then start again.",
    ),
    (
        r"certificate|unknownissuer",
        "Không kiểm chứng được chứng thư của kho gói: thường do proxy của cơ quan. "
        "Cách xử lý: đặt biến SSL_CERT_FILE và PIP_CERT tới tệp chứng thư gốc của cơ quan (docs/setup.md).",
        "The package index's certificate cannot be verified, usually because of an office proxy: "
        "point SSL_CERT_FILE and PIP_CERT at your organisation's root certificate (docs/setup.md).",
    ),
    (
        r"name resolution|getaddrinfo|dns error|failed to lookup|connection (refused|reset)|timed out|could not connect|network is unreach"
        r"|newconnectionerror|proxyerror|tunnel|error sending request|client error \(connect\)|max retries|connectivity is disabled",
        "Không kết nối được kho gói Python: mất mạng, hoặc phải đi qua proxy. "
        "Cách xử lý: đặt HTTPS_PROXY=http://proxy:cổng rồi chạy lại; máy không có mạng: xem docs/setup.md.",
        "The package index cannot be reached: no network, or a proxy is needed. "
        "Set HTTPS_PROXY=http://proxy:port and start again; for a machine without network see docs/setup.md.",
    ),
    (
        r"access is denied|permission denied|errno 13\b|winerror (5|32)\b|os error (5|13|32)\b|being used by another|read-only file",
        "Không ghi được thư mục của dự án, hoặc một chương trình khác đang dùng .venv. "
        "Cách xử lý: đóng JupyterLab và các lần chạy khác, kiểm tra quyền ghi.",
        "The project's folder cannot be written, or another program is using .venv: close JupyterLab and other runs, check your rights.",
    ),
    (
        r"no module named pip",
        "Python này không có pip. Cách xử lý: cài pip (Debian/Ubuntu: apt install python3-pip; Windows: py -m ensurepip) rồi chạy lại.",
        "This Python has no pip: install it (Debian/Ubuntu: apt install python3-pip; Windows: py -m ensurepip), then start again.",
    ),
    (
        r"no module named '?(venv|ensurepip)",
        "Python này thiếu mô-đun venv và không có uv. Cách xử lý: Debian/Ubuntu: apt install python3-venv, hoặc cài uv.",
        "This Python has no venv module and uv cannot be had: apt install python3-venv (Debian/Ubuntu), or install uv.",
    ),
    (
        r"no matching distribution|no solution found|no usable wheels|no wheels|not found in the package registry",
        "Kho gói không có bản dựng sẵn cho Python hoặc máy này. "
        "Cách xử lý: dùng Python 3.11 đến 3.13, bản 64 bit; nếu dùng kho nội bộ, kho đó có thể thiếu gói.",
        "The package index has no ready-made build for this Python or machine: "
        "use a 64-bit Python 3.11 to 3.13; an internal mirror may lack packages.",
    ),
)


class SetupError(Exception):
    """The environment could not be made; the text is what the installer printed."""


# ------------------------------------------------------------------------------------------------------------ what is there


def digest(path):
    """SHA-256 of a file; empty when there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def python_in(environment):
    """The interpreter of a virtual or conda environment."""
    if not WINDOWS:
        return environment / "bin" / "python"
    conda = environment / "python.exe"
    return conda if conda.exists() else environment / "Scripts" / "python.exe"


def interpreter():
    """What identifies the environment's base interpreter on disk, without starting it; None when it is gone."""
    try:
        found = python_in(VENV).resolve(strict=True)
        if WINDOWS:  # a copied launcher: the real one stands in pyvenv.cfg
            home = re.search(r"(?m)^home\s*=\s*(.+)$", (VENV / "pyvenv.cfg").read_text(encoding="utf-8"))
            found = Path(home[1].strip()) / "python.exe" if home else found
        status = found.stat()
    except OSError:
        return None
    return [str(found), status.st_size, status.st_mtime_ns]


def minor_version():
    """The environment's Python, as it answers itself ("3.11"); empty when it does not start."""
    asked = [str(python_in(VENV)), "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def read_stamp():
    """The stamp of a finished environment; empty when there is none or the environment can no longer be trusted."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    now = interpreter()
    if now is None or stamp.get("root") != str(ROOT) or not isinstance(stamp.get("files"), dict):
        return {}
    if stamp.get("interpreter") != now:  # a security update of Python replaces the file and harms nothing; a new minor version does
        return {**stamp, "interpreter": now, "stale": True} if minor_version() == stamp.get("python") else {}
    return stamp


def conda_environment():
    """The folder of the activated conda environment when it is the one of environment.yml, else None."""
    prefix, listing = os.environ.get("CONDA_PREFIX"), ROOT / "environment.yml"
    if not prefix or not listing.is_file():
        return None
    name = re.search(r"(?m)^name:\s*(\S+)", listing.read_text(encoding="utf-8"))
    mine = name and name[1] in (os.environ.get("CONDA_DEFAULT_ENV"), Path(prefix).name)
    return Path(prefix) if mine and python_in(Path(prefix)).exists() else None


# ------------------------------------------------------------------------------------------------------------ making it


@contextlib.contextmanager
def only_one():
    """Hold the lock of the set-up; a second process waits. The system frees it when its holder dies."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("a+") as file:
        if WINDOWS:
            import msvcrt

            def attempt():
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            def attempt():
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

        told = False
        while True:
            try:
                attempt()
                break
            except OSError:
                if not told:
                    say("Một tiến trình khác đang chuẩn bị môi trường; đang chờ... / Another process is setting up; waiting...")
                told = True
                time.sleep(0.2)
        yield


def call(command, **environment):
    """Run an installer's command; its output goes to the log. Raises SetupError with that output when it fails."""
    foreign = ("PYTHONPATH", "PYTHONHOME", "UV_SYSTEM_PYTHON", "UV_PYTHON")
    variables = {key: value for key, value in os.environ.items() if key not in foreign}
    done = subprocess.run(
        [str(part) for part in command],
        env={**variables, "PYTHONUTF8": "1", "UV_PYTHON_DOWNLOADS": "never", **environment},
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    said = done.stdout.decode("utf-8", "replace")
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(str(part) for part in command)}\n{said}\n")
    if done.returncode:
        raise SetupError(said)
    return said


def offline():
    """Options for a folder of wheels brought by hand."""
    return ["--no-index", "--find-links", WHEELS] if WHEELS.is_dir() else []


def pip_settings():
    """Pip's own settings (an office's pip.ini: mirror, proxy, certificate) as variables for uv, which does not read them."""
    if any(key in os.environ for key in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE")):
        return {}
    asked = [sys.executable, "-m", "pip", "config", "list"]  # not through call(): a mirror's address may hold a password, the log must not
    listing = subprocess.run(asked, capture_output=True, text=True, check=False)
    found = {}
    for line in listing.stdout.splitlines():
        line = re.match(r"(?:global|install|:env:)\.([\w-]+)='(.*)'$", line.strip())
        if line:
            found[line[1]] = " ".join(line[2].replace("\\n", " ").split())
    uv = {
        "UV_DEFAULT_INDEX": found.get("index-url"),
        "UV_INDEX": found.get("extra-index-url"),
        "UV_FIND_LINKS": ",".join(found.get("find-links", "").split()),
        "UV_NO_INDEX": "1" if found.get("no-index", "").lower() in ("1", "true", "yes", "on") else None,
        "UV_INSECURE_HOST": found.get("trusted-host"),
        "HTTPS_PROXY": found.get("proxy"),
        "SSL_CERT_FILE": found.get("cert"),
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip looks; safe here, since every file must match a hash
    }
    return {key: value for key, value in uv.items() if value and key not in os.environ and key.lower() not in os.environ}


def find_uv():
    """A uv that starts: from PATH, else the pinned one fetched into .tools. Raises SetupError when none can be had."""
    fetched = TOOLS / "uv" / "bin" / ("uv.exe" if WINDOWS else "uv")
    for candidate in (shutil.which("uv"), fetched):
        with contextlib.suppress(SetupError, OSError):
            version = re.search(r"uv (\d+)\.(\d+)", call([candidate, "--version"])) if candidate else None
            if version and (int(version[1]), int(version[2])) >= (0, 5):
                return candidate
    if not (ROOT / UV_PIN).is_file():
        raise SetupError("no uv")
    shutil.rmtree(TOOLS / "uv", ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--target", TOOLS / "uv", *PIP_OPTIONS]
    call([*command, *offline(), "--require-hashes", "-r", ROOT / UV_PIN])
    call([fetched, "--version"])
    return fetched


def with_uv(listing, fresh):
    """Make or complete the environment with uv. Bytecode is left to the first import: compiling all of it costs more than it brings."""
    uv = find_uv()
    base = getattr(sys, "_base_executable", None) or sys.executable
    if fresh:
        call([uv, "venv", "--quiet", "--no-project", "--python", base, VENV])
    if listing:
        command = [uv, "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "--no-compile-bytecode"]
        command += [*offline(), "--python", python_in(VENV), "-r", listing]
        settings = {} if offline() else pip_settings()
        try:
            call(command, **settings)
        except SetupError as error:
            if not re.search(r"certificate|UnknownIssuer", str(error)):
                raise
            call(command, **settings, UV_SYSTEM_CERTS="1", UV_NATIVE_TLS="1")  # an office's own root certificate


def with_pip(listing, fresh):
    """Make or complete the environment with what Python brings: venv, and this interpreter's pip pointed at it (no ensurepip needed)."""
    if fresh:
        shutil.rmtree(VENV, ignore_errors=True)
        base = getattr(sys, "_base_executable", None) or sys.executable
        call([base, "-m", "venv", "--without-pip", VENV])
    if listing:
        command = [sys.executable, "-m", "pip", "--python", python_in(VENV), "install", *PIP_OPTIONS]
        call([*command, *offline(), "--require-hashes", "-r", listing])


def install(listing, fresh):
    """Uv first, else pip; a fault that pip would meet as well is raised at once."""
    try:
        with_uv(listing, fresh)
    except SetupError as error:
        if fault(str(error)) in FAULTS[:2] or (fault(str(error)) is FAULTS[3] and not shutil.which("uv")):
            raise
        try:
            with_pip(listing, fresh)
        except SetupError as second:
            raise SetupError(f"{error}\n{second}") from None


def register(folder, scripts=None):
    """Make the project known to an environment's Python as an installer would, with no build step: path, entry points, the `kpi` script."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, stem = project["name"], project["name"].replace("-", "_")
    groups = {"console_scripts": project.get("scripts", {}), **project.get("entry-points", {})}
    for old in folder.glob(f"{stem}-*.dist-info"):
        shutil.rmtree(old)
    information = folder / f"{stem}-{project['version']}.dist-info"
    information.mkdir(parents=True)
    files = {
        # relative, so that a folder named in Vietnamese needs no encoding: Python reads .pth files in the system's, not in UTF-8
        folder / f"{stem}.pth": os.path.relpath(ROOT, folder) + "\n",
        information / "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {project['version']}\n",
        information / "INSTALLER": "run.py\n",
        information / "entry_points.txt": "".join(
            f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items()) + "\n" for group, entries in groups.items()
        ),
    }
    for script, target in project.get("scripts", {}).items() if scripts else ():
        module, function = target.split(":")
        if WINDOWS:
            start = f"import sys; from {module} import {function}; sys.exit({function}())"
            files[scripts / f"{script}.cmd"] = f'@"%~dp0python.exe" -c "{start}" %*\n'
        else:  # started by sh, since a kernel limits the length of a first line and allows no blank in it
            start = '#!/bin/sh\n\'\'\'exec\' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"\n\' \'\'\'\n'
            files[scripts / script] = f"{start}import sys\n\nfrom {module} import {function}\n\nsys.exit({function}())\n"
    for path, text in files.items():
        path.write_text(text, encoding="utf-8", newline="\n")
        if path.parent == scripts:
            path.chmod(0o755)
    record = [information / "RECORD", *files]
    (information / "RECORD").write_text("".join(f"{os.path.relpath(path, folder)},,\n" for path in record), encoding="utf-8")


def site_packages():
    """Where the environment keeps its packages."""
    return VENV / "Lib" / "site-packages" if WINDOWS else next((VENV / "lib").glob("python3*")) / "site-packages"


def set_aside(kept, stamp, fresh):
    """Clear the way: a finished environment that must go is kept until the new one stands; one to be completed loses its stamp."""
    shutil.rmtree(kept, ignore_errors=True)
    if not fresh:
        STAMP.unlink()
    elif stamp:
        VENV.rename(kept)
    elif VENV.exists():  # half made, or not ours
        shutil.rmtree(VENV)


def build(wanted):
    """Make the environment hold what the requirements file says; on failure the environment there was is put back."""
    started = time.monotonic()
    stamp = read_stamp()
    LOG.write_text("", encoding="utf-8")
    listing = ROOT / wanted
    fresh = stamp.get("files", {}).get(USERS) != digest(ROOT / USERS)
    missing = stamp.get("files", {}).get(wanted) != digest(listing)
    kept = TOOLS / "old-environment"
    if missing:
        say("Đang chuẩn bị môi trường (lần đầu khoảng nửa phút)... / Setting the environment up (about half a minute the first time)...")
        packages = listing if re.search(r"(?m)^\s*[^#\s]", listing.read_text(encoding="utf-8")) else None
        set_aside(kept, stamp, fresh)
        try:
            install(packages, fresh)
        except BaseException:
            if fresh and kept.exists():
                shutil.rmtree(VENV, ignore_errors=True)
                kept.rename(VENV)
            elif stamp:
                STAMP.write_text(json.dumps(stamp), encoding="utf-8")
            raise
    register(site_packages(), python_in(VENV).parent)
    made = {
        "root": str(ROOT),
        "python": minor_version(),
        "interpreter": interpreter(),
        "project": digest(ROOT / "pyproject.toml"),
        "files": {**({} if fresh else stamp["files"]), USERS: digest(ROOT / USERS), wanted: digest(listing)},
    }
    partial = STAMP.with_suffix(".partial")
    partial.write_text(json.dumps(made, indent=1), encoding="utf-8")
    partial.replace(STAMP)  # last, and in one step: without it the environment counts as half made
    shutil.rmtree(kept, ignore_errors=True)
    if missing:
        say(f"Môi trường đã sẵn sàng sau {time.monotonic() - started:.0f} giây. / The environment is ready.")


def ready(wanted):
    """Whether the environment holds what the requirements file and pyproject.toml say now."""
    stamp = read_stamp()
    files = stamp.get("files", {})
    current = all(files.get(name) == digest(ROOT / name) for name in {USERS, wanted})
    return current and not stamp.get("stale") and stamp.get("project") == digest(ROOT / "pyproject.toml")


def fault(said):
    """The entry of FAULTS that explains an installer's output, or None."""
    return next((entry for entry in FAULTS if re.search(entry[0], said, re.IGNORECASE)), None)


def prepare(wanted):
    """The interpreter to run the job with. Leaves with code 50 and a way out when there can be none."""
    conda = conda_environment()
    if conda:
        return python_in(conda)
    if ready(wanted):
        return python_in(VENV)
    try:
        with only_one():
            if not ready(wanted):  # the other process may have made it meanwhile
                build(wanted)
    except (SetupError, OSError) as error:
        known = fault(str(error))
        say("Không chuẩn bị được môi trường. / The environment could not be set up.")
        say(*(known[1:] if known else str(error).strip().splitlines()[-8:]))
        say(f"Nhật ký cài đặt / set-up log: {LOG}")
        sys.exit(NO_ENVIRONMENT)
    return python_in(VENV)


# ------------------------------------------------------------------------------------------------------------ git and notebooks

OWN = ("kpi", "tags", "jupyter")  # what of a cell's metadata is ours; the rest is left by JupyterLab


def without_outputs(notebook):
    """A notebook as git keeps it, from the bytes of one that was run and saved; bytes that are no notebook as they are."""
    try:
        found = json.loads(notebook)
        for cell in found["cells"]:
            cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key in OWN}
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)
        found["metadata"] = {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
        return (json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        return notebook


def keep_outputs_from_git():
    """Let git see notebooks without their outputs (.gitattributes names the filter), so that `git pull` works after a day's work.

    Once a clone and interpreter, and again where a notebook holds outputs; nothing without git, and nothing is said where it cannot be done.
    """
    git = shutil.which("git") if (ROOT / ".git").exists() else None
    if not git:
        return

    def ask(*arguments):
        told = subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False, timeout=20)
        return told.stdout.strip() if told.returncode == 0 else ""

    with contextlib.suppress(OSError, subprocess.SubprocessError):
        python = getattr(sys, "_base_executable", None) or sys.executable
        wanted = f"'{Path(python).as_posix()}' run.py {FILTER}"
        if ask("config", "--local", "filter.kpi-notebook.clean") != wanted:
            ask("config", "--local", "filter.kpi-notebook.clean", wanted)
            for pull in (
                "merge.autoStash",
                "rebase.autoStash",
            ):  # git looks at sizes first: a pull would stop at outputs that it never stores
                if not ask("config", pull):
                    ask("config", "--local", pull, "true")
        for name in ask("-c", "core.quotePath=false", "ls-files", "--modified", "notebooks/*.ipynb").splitlines():
            if ask("hash-object", f"--path={name}", name) == ask("rev-parse", f":{name}"):
                ask("add", name)  # nothing but outputs: git takes note of the new size, there is nothing to commit


# ------------------------------------------------------------------------------------------------------------ running the job


def job_environment(python):
    """Variables of the job: this environment first, one thread a process for linear algebra, UTF-8, nothing imported from elsewhere."""
    variables = dict(os.environ)
    for foreign in ("PYTHONHOME", "PYTHONPATH", "PYTHONOPTIMIZE", "PYTHONDONTWRITEBYTECODE"):  # the last would make every start 7 s slower
        variables.pop(foreign, None)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        variables.setdefault(name, "1")
    variables.update(PYTHONUTF8="1", PYTHONSAFEPATH="1", PYTHONNOUSERSITE="1")
    if python.is_relative_to(VENV):
        variables["VIRTUAL_ENV"] = str(VENV)
        variables["PATH"] = os.pathsep.join((str(python.parent), variables.get("PATH", os.defpath)))
    else:  # conda: registered beside the environment, not in it
        folder, seen = TOOLS / "registered", TOOLS / "registered" / "pyproject.sha256"
        if not seen.is_file() or seen.read_text(encoding="utf-8") != digest(ROOT / "pyproject.toml"):
            with only_one():
                register(folder)
                seen.write_text(digest(ROOT / "pyproject.toml"), encoding="utf-8")
        variables["PYTHONPATH"] = os.pathsep.join((str(folder), str(ROOT)))
    return variables


def run(python, arguments):
    """Hand over to the job; its exit code is ours."""
    variables = job_environment(python)
    variables.setdefault("KPI_ROOT", str(ROOT))
    command = [str(python), "-m", "kpi_lib.cli", *arguments]
    if not WINDOWS:
        os.execve(command[0], command, variables)
    return wait(command, variables)


def wait(command, variables, folder=None):
    """Run a command to its end, through a Ctrl+C as well, which reaches it too; a death by signal is 128 + its number, as shells say it."""
    with subprocess.Popen(command, env=variables, cwd=folder) as process:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                code = process.wait()
                return 128 - code if code < 0 else code


def test(python, arguments):
    """Run pytest on two processes and say in words how it ended."""
    chosen = any(re.match(r"-n|--numprocesses|--dist|--pdb|--trace|-p=?no:xdist", argument) for argument in arguments)
    command = [str(python), "-m", "pytest", *([] if chosen else ["-n", "2", "--dist", "loadgroup"]), *arguments]
    code = wait(command, job_environment(python), ROOT)
    said = {
        0: ("ĐẠT: mọi phép thử đã chạy đều qua.", "PASSED: every test that ran passed (skipped ones are listed above with their reason)."),
        1: ("KHÔNG ĐẠT: có phép thử không qua, xem ở trên.", "FAILED: some tests did not pass, see above."),
        2: ("BỊ DỪNG giữa chừng hoặc lỗi khi thu thập phép thử.", "INTERRUPTED, or an error while collecting the tests."),
        5: ("KHÔNG CÓ phép thử nào được chạy.", "NO TEST was run."),
    }
    say(*said.get(code, (f"KHÔNG CHẠY ĐƯỢC pytest (mã {code}).", f"pytest could not run (code {code}).")))
    return code


def main(arguments):
    """Set up, then run what was asked for."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console may not know Vietnamese letters
            stream.reconfigure(encoding="utf-8", errors="replace")
    if arguments[:1] == [FILTER]:
        sys.stdout.buffer.write(without_outputs(sys.stdin.buffer.read()))
        return 0
    keep_outputs_from_git()
    if arguments[:1] == ["test"]:
        return test(prepare(DEVELOPERS), arguments[1:])
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "--version")):
        arguments = ["run", *arguments]
    return run(prepare(USERS), arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
