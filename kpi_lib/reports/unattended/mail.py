"""Mail through the unit's own server. Whatever hinders it is said in one sentence; a run's end never hangs on it."""

from __future__ import annotations

import base64
import datetime as dt
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from kpi_lib.definitions.notify import Notify
from kpi_lib.words.messages import KpiError, Text, Words, listed

SIGNED_IN = 235  # what a server answers to whom it lets in


def send(settings: Notify, to: Sequence[str], subject: str, text: str, now: dt.datetime) -> None:
    """Send a plain text to somebody.

    Raises
    ------
    KpiError : it was not sent, or not to all; the sentence says why.
    """
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = settings.sender, ", ".join(to)
    message["Subject"] = " ".join(subject.split())
    message["Date"], message["Message-ID"] = format_datetime(now), make_msgid(domain=settings.sender.rpartition("@")[2])
    message.set_content(text)
    password = settings.password() if settings.user else ""
    try:
        with _connected(settings) as server:
            if settings.user:
                _sign_in(server, settings.user, password)
            left_out = server.send_message(message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise KpiError(listed((f"{settings.server}:{settings.port}", _why(error)), ": ")) from None
    if left_out:
        raise KpiError("{server}: not sent to {addresses}", server=settings.server, addresses=listed(sorted(left_out)))


def _connected(settings: Notify) -> smtplib.SMTP:
    """The server, reached in the way the settings say; without the encryption they ask for nothing is said to it."""
    if settings.security == "none":
        return smtplib.SMTP(settings.server, settings.port, timeout=settings.timeout)
    context = ssl.create_default_context()
    if settings.certificates:
        context.load_verify_locations(settings.certificates)
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.server, settings.port, timeout=settings.timeout, context=context)
    server = smtplib.SMTP(settings.server, settings.port, timeout=settings.timeout)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _sign_in(server: smtplib.SMTP, user: str, password: str) -> None:
    """Sign in; Python's own way knows ASCII alone, so other passwords go as RFC 4616 has them, in UTF-8."""
    if (user + password).isascii():
        server.login(user, password)
        return
    server.ehlo_or_helo_if_needed()
    code, told = server.docmd("AUTH", "PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode())
    if code != SIGNED_IN:
        raise smtplib.SMTPAuthenticationError(code, told)


def _why(error: Exception) -> Words:
    """Why a mail was not sent, in the reader's words; behind them what the server or the system said."""
    said = _said(error)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Text("user or password is not accepted ({said})", said=said)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Text("its certificate is not trusted ({said}). Name the authority's file: certificates", said=said)
    if isinstance(error, ssl.SSLError):
        return Text("the way to it cannot be encrypted so ({said}). See the key security", said=said)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Text("it does not offer what the settings ask for ({said}). See the key security", said=said)
    if isinstance(error, smtplib.SMTPServerDisconnected | TimeoutError):
        return Text("it does not answer ({said})", said=said)
    if isinstance(error, smtplib.SMTPException):
        return Text("it refused the message ({said})", said=said)
    return Text("it cannot be reached ({said})", said=said)


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _answer(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return str(error) or type(error).__name__


def _answer(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
