"""A real SMTP server on loopback that does as it is told: accept, refuse, put off, stall, or hang up."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """`with MailServer() as server:` listens at `server.url`; what arrives is in `server.received`."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.returned_to: list[str | None] = []
        """The envelope's sender of each received mail."""
        self.answer_to: Callable[[str], str] = lambda address: "250 OK"
        """What RCPT TO answers for an address."""
        self.answer_data = "250 Accepted"
        self.before_accepting: Callable[[], None] = lambda: None
        """Runs between storing a mail and answering for it."""
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), ready_timeout=10)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}"

    @property
    def ids(self) -> Counter[str]:
        """How often each Message-ID arrived."""
        return Counter(str(mail["Message-ID"]) for mail in self.received)

    def wait_for(self, count: int, seconds: float = 10) -> None:
        """Returns once so many different mails have arrived."""
        wait_until(lambda: len(self.ids) >= count, seconds, lambda: f"{len(self.ids)} of {count} mails arrived")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answer_to(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.answer_data.startswith("250"):
            content = cast(bytes, envelope.content)
            self.returned_to.append(envelope.mail_from)
            self.received.append(message_from_bytes(content, policy=default))
            await asyncio.to_thread(self.before_accepting)
        return self.answer_data


class StallingServer:
    """Accepts connections and never says a word."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"
        self._held: list[socket.socket] = []
        threading.Thread(target=self._hold, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()
        for held in self._held:
            held.close()

    def _hold(self) -> None:
        try:
            while True:
                self._held.append(self._socket.accept()[0])
        except OSError:
            return


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def wait_until(true: Callable[[], bool], seconds: float, or_say: Callable[[], str]) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, or_say()
        time.sleep(0.02)
