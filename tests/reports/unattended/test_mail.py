"""Mail through a real server in a process of its own, with TLS and login: what is sent, and what hinders it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_string, policy
from pathlib import Path

import pytest
import small_unit
from conftest import monthly

from kpi_lib import cli
from kpi_lib.definitions import notify
from kpi_lib.reports import last_run
from kpi_lib.words.messages import KpiError

report = small_unit.report
SERVER = Path(__file__).with_name("smtp_server.py")
USER, PASSWORD = "kpi@example.vn", "mật khẩu thật"
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine to make a certificate with")


@dataclass
class Server:
    """A server that runs: its port, its certificate, the folder of what it got."""

    port: int
    certificate: Path
    folder: Path

    def mails(self) -> list[str]:
        return [path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.eml"))]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
    ]
    subprocess.run([*made, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def serve(tmp_path: Path, request) -> Iterator[Callable[..., Server]]:
    """Start a server; it ends with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(security: str, refuse: str = "") -> Server:
        folder = tmp_path / "mails"
        folder.mkdir(exist_ok=True)
        signed = request.getfixturevalue("certificate") if security != "none" else ("", "")
        told = [str(folder), security, *map(str, signed), *((USER, PASSWORD) if security != "none" else ("", "")), refuse]
        process = subprocess.Popen([sys.executable, SERVER, *told], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout
        return Server(int(process.stdout.readline()), Path(signed[0]), folder)

    yield start
    for process in running:
        process.communicate("", timeout=30)


def set_up(root: Path, unit: str, **keys: object) -> None:
    """Write a unit's notify.toml."""
    told = {
        "server": "localhost",
        "sender": "kpi@example.vn",
        "on_success": ["lead@example.vn"],
        "on_failure": ["owner@example.vn"],
        "timeout": 10,
    } | keys
    lines = (
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value) if not isinstance(value, str) else f'{chr(34)}{value}{chr(34)}'}"
        for key, value in told.items()
    )
    (root / "data" / "raw" / unit / "notify.toml").write_text("\n".join(lines).replace("'", '"') + "\n", encoding="utf-8")


def signed_in(server: Server, security: str) -> dict[str, object]:
    return {"port": server.port, "security": security, "certificates": str(server.certificate), "user": USER, "password_env": "KPI_MAIL"}


def spoil(root: Path, unit: str) -> None:
    """A unit whose file is at fault: every run of it is refused."""
    file = root / "data" / "raw" / unit / "unit.toml"
    file.write_text(file.read_text(encoding="utf-8") + "deadline_dy = 20\n", encoding="utf-8")


@needs_openssl
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_completion_report_is_sent_over_tls_by_whom_the_server_lets_in(
    serve, root: Path, report: Path, security: str, monkeypatch, capsys
):
    server = serve(security)
    monkeypatch.setenv("KPI_MAIL", PASSWORD)
    set_up(root, "thu", **signed_in(server, security))
    assert cli.main(["status", "--unit", "thu", "--mail"]) == cli.PUBLISHED
    (raw,) = server.mails()
    assert raw.startswith("X-To: lead@example.vn,owner@example.vn")
    mail = message_from_string(raw.partition("\n")[2], policy=policy.default)
    assert mail["Subject"] == "Phường Thử: báo cáo ngày 15/10/2025" and mail["From"] == "kpi@example.vn" and mail["Date"]
    text = mail.get_body().get_content()
    assert "Đã công bố: Tính đến ngày 15/10/2025:" in text and str(report / "index.html") in text
    assert PASSWORD not in capsys.readouterr().out


def test_a_run_that_fails_is_told_to_its_owner_alone(serve, root: Path, make_unit, capsys):
    server = serve("none")
    unit = make_unit(
        monthly("new_enterprises", 2025, [10.0] * 9, measure="doanh nghiệp"),
        unit="rivertown",
        toml='language = "en"\ntime_zone = "Asia/Tokyo"',
    )
    set_up(root, unit, port=server.port, security="none")
    spoil(root, unit)
    assert cli.main(["run-due", "--unit", unit, "--lang", "en"]) == cli.REFUSED
    (raw,) = server.mails()
    assert raw.startswith("X-To: owner@example.vn\n")
    text = message_from_string(raw.partition("\n")[2], policy=policy.default).get_body().get_content()
    assert re.search(r"failed on .* \(no page was made, exit code 20\), because: Refused: rivertown/unit.toml: 1 fault", text)
    assert "Mail sent to owner@example.vn." in capsys.readouterr().out


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


HINDERED = [
    ("wrong password", {"security": "starttls"}, "", "user or password is not accepted (535"),
    ("no password", {"security": "starttls"}, "", "the password is not in the variable KPI_MAIL"),
    ("server down", {"security": "none"}, "", "it cannot be reached ("),
    ("not trusted", {"security": "tls"}, "", "its certificate is not trusted (self-signed certificate"),
    ("not trusted either", {"security": "starttls"}, "", "its certificate is not trusted (self-signed certificate"),
    ("no TLS there", {"security": "none"}, "", "it does not offer what the settings ask for (STARTTLS"),
    ("554", {"security": "none"}, "all", "it refused the message (554 refused by policy)"),
    ("550 of one", {"security": "none"}, "one", "localhost: not sent to gone@example.vn"),
    ("no such name", {"security": "none"}, "", "it cannot be reached ("),
]


@needs_openssl
@pytest.mark.parametrize(("case", "server", "refuse", "words"), HINDERED, ids=[case for case, *_ in HINDERED])
def test_what_hinders_a_mail_is_said_and_kept_and_changes_no_exit_code(
    serve, root: Path, make_unit, monkeypatch, capsys, case, server, refuse, words
):
    unit = make_unit(monthly("new_jobs", 2025, [10.0] * 9, measure="việc làm"), unit="khac", toml='time_zone = "Asia/Ho_Chi_Minh"')
    security = server["security"]
    there = serve(security, refuse)
    keys = signed_in(there, security) if security != "none" else {"port": there.port, "security": "none"}
    if case != "no password":
        monkeypatch.setenv("KPI_MAIL", "sai" if case == "wrong password" else PASSWORD)
    keys |= {
        "server down": {"port": closed_port()},
        "no TLS there": {"security": "starttls"},
        "no such name": {"server": "mail.invalid"},
    }.get(case, {})
    if "trusted" in case:
        del keys["certificates"]
    set_up(root, unit, **keys, on_failure=["gone@example.vn", "owner@example.vn"])
    spoil(root, unit)
    assert cli.main(["run-due", "--unit", unit, "--lang", "en"]) == cli.REFUSED
    said = capsys.readouterr().err
    assert "The mail was not sent: " in said and words in said and "Traceback" not in said
    assert words in last_run.read(unit).mail_failed["en"] and last_run.read(unit).code == cli.REFUSED
    assert cli.main(["status", "--unit", unit]) == cli.WITH_WARNINGS
    assert "Chưa gửi được thư:" in capsys.readouterr().out


FAULTS = [
    ({"sever": "x"}, "sever is no key (did you mean 'server'"),
    ({"security": "ssl"}, "security = 'ssl', one of these is needed: starttls, tls, none"),
    ({"port": 0}, "port = 0, a whole number from 1 to 65535"),
    ({"on_failure": ["an"]}, "a list of e-mail addresses is needed"),
    ({"on_failure": ["a@b.vn\nBcc: c@d.vn"]}, "a list of e-mail addresses is needed"),
    ({"password": "x"}, "password is no key"),
    ({"user": "x"}, "a user needs a password"),
    ({"user": "x", "password_env": "X", "security": "none"}, "a password is not sent without encryption"),
    ({"user": "x", "password_file": "data/raw/thu/mail.txt"}, "must not lie in the folder of the data"),
    ({"user": "x", "password_file": "notebooks/../data/mail.txt"}, "must not lie in the folder of the data"),
]


@pytest.mark.parametrize(("keys", "words"), FAULTS)
def test_settings_that_will_not_do_are_refused_at_every_door(root: Path, make_unit, keys: dict[str, object], words: str, capsys):
    unit = make_unit(monthly("new_jobs", 2025, [10.0] * 9, measure="việc làm"))
    set_up(root, unit, **keys)
    if "\n" in str(keys):
        file = root / "data" / "raw" / unit / "notify.toml"
        file.write_text(file.read_text(encoding="utf-8").replace("\n" + "Bcc", "\\nBcc"), encoding="utf-8")
    with pytest.raises(KpiError, match=re.escape(words)):
        notify.read_notify(unit)
    assert cli.main(["check", "--unit", unit, "--lang", "en"]) == cli.REFUSED
    assert words in capsys.readouterr().err


def test_mail_settings_are_none_of_the_figures(root: Path, make_unit):
    from kpi_lib.figures.observations import data_digest

    unit = make_unit(monthly("new_jobs", 2025, [10.0] * 9, measure="việc làm"))
    before = data_digest(unit)
    set_up(root, unit)
    assert data_digest(unit) == before


def test_a_password_may_lie_in_a_file_of_its_own(root: Path, tmp_path: Path, make_unit):
    unit = make_unit([], unit="khac")
    (tmp_path / "secret").write_text("\ufeffmật khẩu \n", encoding="utf-8")
    set_up(root, unit, user="x", password_file=str(tmp_path / "secret"))
    assert notify.read_notify(unit).password() == "mật khẩu"
    (tmp_path / "secret").unlink()
    with pytest.raises(KpiError, match="cannot be read"):
        notify.read_notify(unit).password()
