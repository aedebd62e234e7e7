"""A real SMTP server in a process of its own: `smtp_server.py FOLDER SECURITY [CERTIFICATE KEY USER PASSWORD [REFUSE]]` prints its port, keeps every mail."""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


class Keeper:
    """Keeps every mail as a file named by its number."""

    def __init__(self, folder: Path, refuse: str) -> None:
        self.folder, self.refuse = folder, refuse

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        if self.refuse == "one" and address.startswith("gone"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        if self.refuse == "all":
            return "554 refused by policy"
        number = len(list(self.folder.glob("*.eml")))
        told = "\n".join(["X-To: " + ",".join(envelope.rcpt_tos), bytes(envelope.content or b"").decode("utf-8")])
        (self.folder / f"{number}.eml").write_text(told, encoding="utf-8")
        return "250 OK"


async def serve(folder: Path, security: str, certificate: str, key: str, user: str, password: str, refuse: str = "") -> None:
    """Serve until nobody holds the other end of standard input."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

    def sign_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(handled=False, success=(data.login.decode(), data.password.decode()) == (user, password))

    def protocol() -> SMTP:
        options: dict[str, Any] = {"authenticator": sign_in, "auth_required": bool(user), "auth_require_tls": security == "starttls"}
        return SMTP(Keeper(folder, refuse), tls_context=context if security == "starttls" else None, **options)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), *sys.argv[2:]))
