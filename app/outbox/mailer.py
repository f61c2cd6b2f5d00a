"""The one place that talks SMTP: a letter goes out over a line to the mail server, and the server's word comes back."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import encoders
from email.charset import QP, Charset
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from typing import Literal
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from flask_mail import Connection, Message
from flask_mail import Mail as FlaskMail

from app.core.clock import really_now
from app.outbox.mail import Attached

STEP_TIMEOUT = 20.0
"""Seconds for one answer of the mail server."""
LETTER_TIMEOUT = 120.0
"""Seconds for a whole letter, from connecting to the last answer. Shorter than a worker's lease (sender.LEASE)."""
LETTERS_A_LINE = 20
"""Mail servers dislike endless connections; a new one after so many letters costs little."""

flask_mail = FlaskMail()


def init_app(app: Flask) -> None:
    parts = urlsplit(app.config["GANGWAY"].mail_url or "smtp://127.0.0.1")
    secure = parts.scheme == "smtps"
    app.config.update(
        MAIL_SERVER=parts.hostname,
        MAIL_PORT=parts.port or (465 if secure else 587 if parts.username else 25),
        MAIL_USE_SSL=secure,
        MAIL_USERNAME=unquote(parts.username or "") or None,
        MAIL_PASSWORD=unquote(parts.password or "") or None,
        MAIL_SUPPRESS_SEND=False,
    )
    flask_mail.init_app(app)


@dataclass(frozen=True)
class Letter:
    """A mail as it leaves: everything filled in."""

    message_id: str
    from_name: str
    from_email: str
    returns_to: str
    """The envelope's sender: who is told when the letter cannot be delivered."""
    to_name: str
    to_email: str
    reply_to: str | None
    """None: whoever it comes from."""
    locale: str
    subject: str
    text: str
    html: str
    calendar: str | None = None
    """An entry for the reader's calendar, as iCalendar."""
    unsubscribe_url: str | None = None
    """Where a press of the mail program's own button switches mails of this kind off (RFC 8058)."""
    attached: Attached | None = None


@dataclass(frozen=True)
class Answer:
    """What became of a letter. `deferred` and `unreachable` mean: again later; `refused` means never."""

    outcome: Literal["sent", "deferred", "refused", "unreachable"]
    detail: str


class Line:
    """A connection to the mail server that is opened when first needed and kept for some letters."""

    def __init__(self) -> None:
        self._connection: _Connection | None = None
        self._sent = 0

    def send(self, letter: Letter) -> Answer:
        """Hands the letter over. Never raises for what the server or the network does."""
        try:
            message = _message(letter)
        except (ValueError, UnicodeError) as problem:
            return Answer("refused", f"The message cannot be written: {problem}")
        try:
            with self._within(LETTER_TIMEOUT):
                if self._connection is None:
                    self._connection = _Connection(current_app.extensions["mail"])
                    self._connection.configure_host()
                    self._sent = 0
                self._connection.send(message, envelope_from=letter.returns_to)
        except Exception as problem:
            self._drop()
            return _answer_to(problem)
        self._sent += 1
        if self._sent >= LETTERS_A_LINE:
            self.close()
        return Answer("sent", "Accepted by the mail server.")

    def close(self) -> None:
        """Says goodbye in good order."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.host is not None:
            with suppress(smtplib.SMTPException, OSError):
                assert connection.host.sock is not None
                connection.host.sock.settimeout(2)  # politeness must not hold anybody up
                connection.host.quit()
            connection.cut()

    def cut(self) -> None:
        """Ends a letter under way at once, from another thread."""
        if self._connection is not None:
            self._connection.cut()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.cut()

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """A server that answers a byte at a time keeps every single timeout, so the whole has one of its own."""
        timer = threading.Timer(seconds, self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


class _Connection(Connection):
    """Flask-Mail's connection with what it lacks: timeouts, and STARTTLS whenever the server offers it."""

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        mail = self.mail
        own_name = current_app.config["GANGWAY"].public_host.split(":")[0]  # asking the resolver could take long
        host: smtplib.SMTP | smtplib.SMTP_SSL
        if mail.use_ssl:
            context = ssl.create_default_context()
            host = smtplib.SMTP_SSL(local_hostname=own_name, timeout=STEP_TIMEOUT, context=context)
        else:
            host = smtplib.SMTP(local_hostname=own_name, timeout=STEP_TIMEOUT)
        self.host = host  # known before the first byte, so that `cut()` reaches a server that stalls
        # Certificates are checked against this name, which `connect` does not keep by itself.
        host._host = mail.server  # type: ignore[attr-defined]  # smtplib's own name for it
        code, words = host.connect(mail.server, mail.port or 25)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        host.ehlo_or_helo_if_needed()
        encrypted = mail.use_ssl
        if not encrypted and host.has_extn("starttls"):
            host.starttls(context=_starttls_context(with_password=bool(mail.password)))
            host.ehlo()
            encrypted = True
        if mail.username and mail.password:
            if not encrypted and not _is_loopback(mail.server):
                raise smtplib.SMTPException("The mail server offers no encryption, so the password was not sent.")
            host.login(mail.username, mail.password)
        return host

    def cut(self) -> None:
        if self.host is not None and self.host.sock is not None:
            with suppress(OSError):
                self.host.sock.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for an answer
            with suppress(OSError):
                self.host.close()


def _starttls_context(*, with_password: bool) -> ssl.SSLContext:
    """A password goes only to a server that proves its name. Without one, encrypted to anybody beats readable by all,
    and the certificate of a relay next door is often its own."""
    context = ssl.create_default_context()
    if not with_password:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"


class _Message(Message):
    """Flask-Mail's message with a body in quoted-printable, whose lines are never too long for SMTP."""

    written: MIMEMultipart

    def as_bytes(self) -> bytes:
        return self.written.as_bytes(policy=compat32.clone(linesep="\r\n"))


def _message(letter: Letter) -> Message:
    words = MIMEMultipart("alternative")
    words.attach(_part(letter.text, "plain"))
    words.attach(_part(letter.html, "html"))
    mail = words if letter.calendar is None else _with_calendar(words, letter.calendar.encode())
    if letter.attached is not None:
        mail = _with_file(mail, letter.attached)
    mail["From"] = _address("From", letter.from_name, letter.from_email)
    mail["To"] = _address("To", letter.to_name, letter.to_email)
    if letter.reply_to:
        mail["Reply-To"] = _address("Reply-To", "", letter.reply_to)
    mail["Subject"] = _encoded("Subject", letter.subject)
    mail["Date"] = format_datetime(really_now())
    mail["Message-ID"] = letter.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = letter.locale
    if letter.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = _Message(subject="", recipients=[letter.to_email], sender=letter.from_email)
    message.msgId = letter.message_id
    message.written = mail
    return message


def _with_calendar(words: MIMEMultipart, entry: bytes) -> MIMEMultipart:
    """The entry twice: among the alternatives, where mail programs offer to put it into the calendar, and as a file for
    those that do not."""
    method = re.search(rb"^METHOD:([A-Z]+)\r?$", entry, re.MULTILINE)
    if method is None:
        raise ValueError("the calendar entry has no method")
    part = MIMEBase("text", "calendar", method=method[1].decode(), charset="utf-8")
    part.set_payload(entry)
    encoders.encode_base64(part)
    words.attach(part)
    file = MIMEBase("application", "ics", name="invite.ics")
    file.set_payload(entry)
    encoders.encode_base64(file)
    file["Content-Disposition"] = 'attachment; filename="invite.ics"'
    mail = MIMEMultipart("mixed")
    mail.attach(words)
    mail.attach(file)
    return mail


def _with_file(mail: MIMEMultipart, attached: Attached) -> MIMEMultipart:
    kind, _slash, subtype = attached.content_type.partition("/")
    file = MIMEBase(kind, subtype)
    file.set_payload(attached.content)
    encoders.encode_base64(file)
    file.add_header("Content-Disposition", "attachment", filename=("utf-8", "", attached.filename))
    if mail.get_content_subtype() != "mixed":
        whole = MIMEMultipart("mixed")
        whole.attach(mail)
        mail = whole
    mail.attach(file)
    return mail


def _part(text: str, kind: str) -> MIMEText:
    charset = Charset("utf-8")
    charset.body_encoding = QP
    return MIMEText(text, kind, charset)  # type: ignore[arg-type] # it takes one, the stubs say str


def _address(header: str, name: str, email: str) -> str:
    """Name and address for a header."""
    if not email.isascii() or any(sign.isspace() or sign in "<>,;" for sign in email):
        raise ValueError(f"{header} cannot be {email!r}")
    plain = " ".join(name.split())
    if plain.isascii():
        return formataddr((plain, email))
    return f"{_encoded(header, plain)} <{email}>"


def _encoded(header: str, text: str) -> str:
    text = " ".join(text.split())
    return text if text.isascii() else Header(text, "utf-8", header_name=header).encode()


def _answer_to(problem: Exception) -> Answer:
    """What an error on the line means for the letter. A refusal of ourselves (greeting, password) is no fault of the
    letter: it waits."""
    match problem:
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(problem.recipients.values()))
            return _reply(code, words)
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPConnectError() | smtplib.SMTPHeloError():
            return Answer("unreachable", _words(problem.smtp_code, problem.smtp_error))
        case smtplib.SMTPResponseException():
            return _reply(problem.smtp_code, problem.smtp_error)
        case TimeoutError():
            return Answer("unreachable", "The mail server did not answer in time.")
        case smtplib.SMTPServerDisconnected() if "timed out" in str(problem):
            return Answer("unreachable", "The mail server did not answer in time.")
        case smtplib.SMTPException() | OSError():
            return Answer("unreachable", f"{type(problem).__name__}: {problem}"[:500])
        case _:
            return Answer("refused", f"The message cannot be sent: {type(problem).__name__}: {problem}"[:500])


def _reply(code: int, words: bytes | str) -> Answer:
    return Answer("refused" if 500 <= code < 600 else "deferred", _words(code, words))


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"[:500]
