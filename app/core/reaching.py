"""Reaching servers whose addresses people type, without being led into a private network.

Whoever types an address decides where our server knocks, so it knocks at public addresses alone: every address that a
name stands for is looked at before, and the connection goes to the very address that was looked at (a name that answers
otherwise a moment later changes nothing). Nothing follows a redirect by itself.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

RESERVED = (".example", ".test", ".invalid", ".localhost")
"""Names that never lead anywhere (RFC 2606): they stand in samples, and nobody is asked about them."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Lookup = Callable[[str, int], list[str]]


class Refused(Exception):
    """It leads to an address that is not public, or is none that we would ever ask."""


class Nobody(Exception):
    """Could not be asked just now; says nothing about the address."""


@dataclass(frozen=True)
class Place:
    """A server, at one public address of it, and what it is asked for."""

    secure: bool
    host: str
    port: int
    address: str
    path: str


@dataclass(frozen=True)
class Reply:
    status: int
    onward: str
    """Where it sends us on to; nobody goes there by itself."""
    body: bytes = b""


def place_of(url: str, takes_port: Callable[[str, int], bool], lookup: Lookup | None = None) -> Place:
    """Where this address leads now. `takes_port` says for a scheme which ports are asked.

    Raises:
        Refused: it is no web address, or one of its addresses is not public.
        Nobody: the name cannot be looked up just now.
        OSError, ValueError: there is no such name.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise Refused
    if host.endswith(RESERVED):
        raise Nobody
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not takes_port(parts.scheme, port):
        raise Refused
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme == "https", host, port, _public_address(host, port, lookup or _lookup), path)


def _public_address(host: str, port: int, lookup: Lookup) -> str:
    """An address of the host; every one it has is public."""
    literal = _literal(host)
    addresses = [literal] if literal else lookup(host, port)
    if not addresses:
        raise OSError("no address")
    if not all(is_public(address) for address in addresses):
        raise Refused
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
            raise Nobody from error
        raise
    return [str(each[4][0]) for each in found]


def exchange(
    place: Place, method: str, headers: Mapping[str, str], body: bytes | None = None, *, seconds: float, most: int = 0
) -> Reply:
    """One request and its answer, of which at most `most` bytes are read, within `seconds` in all.

    Raises:
        TimeoutError: it took longer.
        OSError, http.client.HTTPException: the server or the network failed.
    """
    connection = _Pinned(place, seconds)
    over = threading.Event()

    def cut() -> None:
        over.set()
        connection.cut()

    # A timeout of a socket begins anew with every byte; this one does not.
    patience = threading.Timer(seconds, cut)
    patience.daemon = True
    patience.start()
    try:
        connection.request(method, place.path, body, dict(headers))
        response = connection.getresponse()
        read = b""
        with suppress(OSError, http.client.HTTPException):  # its word stands, however slowly it goes on
            read = response.read(most) if most else b""
        return Reply(response.status, response.getheader("Location", "") or "", read)
    except (OSError, http.client.HTTPException):
        if over.is_set():
            raise TimeoutError("no answer in time") from None
        raise
    finally:
        patience.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, which speaks to the host of that name there."""

    def __init__(self, place: Place, seconds: float) -> None:
        super().__init__(place.host, place.port, timeout=seconds)
        self._place = place
        self.default_port = 443 if place.secure else 80

    def connect(self) -> None:
        self.sock = socket.create_connection((self._place.address, self._place.port), self.timeout)
        if self._place.secure:
            context = ssl.create_default_context()
            # Known to `cut()` before the first byte: a server may stall in the middle of its greeting, too.
            self.sock = context.wrap_socket(self.sock, server_hostname=self._place.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def cut(self) -> None:
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
