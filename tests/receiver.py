"""Another system on loopback, with TLS as in earnest: it takes events, refuses, stalls, redirects, answers without end.

Nothing is ever sent to loopback; a test puts `is_public` and `lookup` of this room in place of ours, in its own process
alone.
"""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core import reaching

HOST = "hooks.receiver.company"


@dataclass(frozen=True)
class Received:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Handler = http.server.BaseHTTPRequestHandler


def takes(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"thank you")


def answers(status: int, body: bytes = b"", **headers: str) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class Receiver:
    """`with Receiver(folder) as receiver:` listens at `receiver.url`; what arrives is in `receiver.received`."""

    def __init__(self, folder: Path) -> None:
        self.received: list[Received] = []
        self.answer: Callable[[Handler], None] = takes
        self.certificate = folder / "receiver.pem"
        if not self.certificate.exists():
            self.certificate.write_bytes(_certificate())
        outer = self

        class _Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                outer.answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://{HOST}:{self._server.server_port}/gangway"

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.received]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever calls may hang up."""


@cache
def _certificate() -> bytes:
    """Key and certificate, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    today = dt.datetime.now(dt.UTC)
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(serialization.Encoding.PEM)


def lookup(host: str, port: int) -> list[str]:
    """Nobody is asked: the receiver is on loopback, all others are somewhere public."""
    return ["127.0.0.1"] if host == HOST else ["93.184.216.34"]


def is_public(address: str) -> bool:
    return address == "127.0.0.1" or _is_public(address)


_is_public = reaching.is_public


def run_flask(*command: str) -> list[str]:
    """A command of the product in a process of its own, that may reach the receiver."""
    lines = (
        "from app.core import reaching",
        "from tests import receiver",
        "reaching.is_public, reaching._lookup = receiver.is_public, receiver.lookup",
        "from flask.cli import main",
        "main()",
    )
    return [sys.executable, "-c", "; ".join(lines), "--app", "wsgi", *command]
