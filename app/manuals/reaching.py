"""Asking whether a link leads somewhere, without being led into a private network.

Whoever writes a link decides where our server knocks, so it knocks at public addresses alone: every address that a name
stands for is looked at before, the connection goes to the very address that was looked at (a name that answers
otherwise a moment later changes nothing), and every redirect begins anew. Nothing of an answer but its status is read.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from app.manuals.models import LinkOutcome

SECONDS = 5.0
"""For each step: looking up, connecting, answering."""
REDIRECTS = 5
PORTS = {"http": (80, 8080), "https": (443, 8443)}
_RESERVED = (".example", ".test", ".invalid", ".localhost")
"""Names that never lead anywhere (RFC 2606): they stand in samples, and nobody is asked about them."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = tuple[str, int]
Lookup = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Answer:
    outcome: LinkOutcome
    status: int | None = None


class _Refused(Exception):
    """It leads to an address that is not public."""


class _Nobody(Exception):
    """Could not be asked just now; says nothing about the link."""


def ask(url: str, *, lookup: Lookup | None = None, deadline: float | None = None) -> Answer:
    """How the link answers. Takes at most half a minute, less with a `deadline` on the monotonic clock."""
    until = min(deadline or float("inf"), time.monotonic() + 30)
    try:
        for _hop in range(REDIRECTS + 1):
            status, onward = _step(url, lookup or _lookup, until)
            if not onward:
                return Answer(_outcome(status), status)
            url = urljoin(url, onward)
        return Answer(LinkOutcome.FAILING, None)
    except _Refused:
        return Answer(LinkOutcome.REFUSED)
    except _Nobody:
        return Answer(LinkOutcome.UNKNOWN)
    except (OSError, http.client.HTTPException, ValueError):
        return Answer(LinkOutcome.FAILING)


def _outcome(status: int) -> LinkOutcome:
    if status in (404, 410):
        return LinkOutcome.MISSING
    # Who asks for a sign-in, or does not like programs, answers nevertheless.
    return LinkOutcome.FAILING if status >= 500 else LinkOutcome.FINE


def _step(url: str, lookup: Lookup, until: float) -> tuple[int, str]:
    """One request: the status, and where it sends us on to."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in PORTS or not host or "@" in parts.netloc:
        raise _Refused
    if host.endswith(_RESERVED):
        raise _Nobody
    port = parts.port or PORTS[parts.scheme][0]
    if port not in PORTS[parts.scheme]:
        raise _Refused
    address = _public_address(host, port, lookup)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    status, onward = _request("HEAD", parts.scheme, host, (address, port), path, until)
    if status in (403, 405, 500, 501, 503):  # servers that answer only whole requests
        status, onward = _request("GET", parts.scheme, host, (address, port), path, until)
    return status, onward if 300 <= status < 400 else ""


def _public_address(host: str, port: int, lookup: Lookup) -> str:
    """An address of the host; every one it has is public."""
    literal = _literal(host)
    addresses = [literal] if literal else lookup(host, port)
    if not addresses:
        raise OSError("no address")
    if not all(is_public(address) for address in addresses):
        raise _Refused
    return addresses[0]


def _literal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def is_public(address: str) -> bool:
    """Whether this address is one of the open Internet: not private, loopback, link-local, multicast or reserved, and
    neither is an IPv4 address wrapped inside."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
        if found in ipaddress.ip_network("::/96"):
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _lookup(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host.encode("idna").decode(), port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("not a host") from error
    except socket.gaierror as error:
        if error.errno in (socket.EAI_AGAIN, socket.EAI_SYSTEM, socket.EAI_FAIL):
            raise _Nobody from error
        raise
    return [str(each[4][0]) for each in found]


def _request(method: str, scheme: str, host: str, there: Address, path: str, until: float) -> tuple[int, str]:
    left = min(SECONDS, until - time.monotonic())
    if left <= 0:
        raise _Nobody
    connection = _Pinned(host, there, scheme == "https", left)
    # A timeout of a socket begins anew with every byte; this one does not.
    patience = threading.Timer(left, connection.cut)
    patience.start()
    try:
        connection.request(method, path, headers={"User-Agent": "Gangway link check", "Accept": "*/*"})
        response = connection.getresponse()
        return response.status, response.getheader("Location", "") or ""
    finally:
        patience.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, which speaks to the host of that name there."""

    def __init__(self, host: str, there: Address, secure: bool, timeout: float) -> None:
        super().__init__(host, there[1], timeout=timeout)
        self._there, self._secure, self._name = there, secure, host
        self.default_port = 443 if secure else 80

    def connect(self) -> None:
        self.sock = socket.create_connection(self._there, self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._name)

    def cut(self) -> None:
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
