"""The clients: kept-alive connections, each asking as soon as it was answered, and how long each answer took."""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

PATIENCE = 30.0


@dataclass(frozen=True)
class Ask:
    """One request. `expects` are the answers that count as success."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    expects: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def cookies(self) -> dict[str, str]:
        pairs = [value.split(";", 1)[0] for key, value in self.headers if key.lower() == "set-cookie"]
        return dict(pair.split("=", 1) for pair in pairs if "=" in pair)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class WrongAnswer(Exception):
    """The server answered something else, so what was measured would mean nothing."""


class Client:
    """One connection. Written on sockets, because the driver shares the processor with what it measures."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.connection: socket.socket | None = None
        self.rest = b""

    def ask(self, ask: Ask) -> Answer:
        """Sends, and reads the whole answer. A connection that the server closed is opened anew."""
        reused = self.connection is not None
        try:
            return self._ask(ask)
        except (ConnectionError, BrokenPipeError):
            self.close()
            if not reused:
                raise
            return self._ask(ask)

    def checked(self, ask: Ask) -> Answer:
        answer = self.ask(ask)
        if answer.status not in ask.expects:
            raise WrongAnswer(f"{ask.method} {ask.path}: {answer.status}, not {ask.expects}\n{answer.text[:2000]}")
        return answer

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection, self.rest = None, b""

    def _ask(self, ask: Ask) -> Answer:
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.sendall(self._written(ask))
        answer = self._read()
        self.cookies.update(answer.cookies())
        if (answer.header("connection") or "").lower() == "close":
            self.close()
        return answer

    def _written(self, ask: Ask) -> bytes:
        lines = [f"{ask.method} {ask.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "User-Agent: gangway-bench"]
        lines += [f"{name}: {value}" for name, value in ask.headers]
        if self.cookies and not any(name == "Cookie" for name, _value in ask.headers):
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if ask.body:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(ask.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + ask.body

    def _read(self) -> Answer:
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
        status = int(first.split(" ", 2)[1])
        found = {name.lower(): value for name, value in headers}
        if found.get("transfer-encoding", "").lower() == "chunked":
            return Answer(status, headers, self._chunks())
        return Answer(status, headers, self._exactly(int(found.get("content-length", "0"))))

    def _exactly(self, length: int) -> bytes:
        while len(self.rest) < length:
            self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return body

    def _chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self.rest:
                self._more()
            size, _, self.rest = self.rest.partition(b"\r\n")
            chunk = self._exactly(int(size, 16) + 2)
            if len(chunk) == 2:
                return body
            body += chunk[:-2]

    def _more(self) -> None:
        assert self.connection is not None
        received = self.connection.recv(262_144)
        if not received:
            raise ConnectionError("the server closed the connection")
        self.rest += received


def form(values: Sequence[tuple[str, str]]) -> bytes:
    return urlencode(values).encode()


@dataclass
class Times:
    """How long the answers took, in seconds, and over how long they came."""

    each: list[float] = field(default_factory=list)
    over: float = 0.0

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.each)
        return ordered[min(len(ordered), max(1, math.ceil(len(ordered) * percent / 100))) - 1] if ordered else math.nan

    def __add__(self, other: Times) -> Times:
        return Times(self.each + other.each, self.over + other.over)


Script = Callable[[Client, int], Iterator[Ask]]
"""Given a client and its number, what it asks, one after the other; it ends when there is nothing more to ask."""


def drive(port: int, script: Script, clients: int, seconds: float, own: Sequence[Client] = ()) -> Times:
    """Lets `clients` ask at once for `seconds`. `own` are clients that were prepared (with cookies, say).

    Raises:
        WrongAnswer: some request failed.
    """
    people = list(own) or [Client(port) for _ in range(clients)]
    times, faults = Times(), []
    gate = threading.Barrier(clients + 1)

    def _ask_on(number: int) -> None:
        client = people[number]
        mine: list[float] = []
        gate.wait()
        until = time.monotonic() + seconds
        try:
            for ask in script(client, number):
                begun = time.perf_counter()
                client.checked(ask)
                mine.append(time.perf_counter() - begun)
                if time.monotonic() > until:
                    break
        except Exception as fault:  # told by the caller's thread, below
            faults.append(fault)
        times.each += mine

    threads = [threading.Thread(target=_ask_on, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    times.over = time.perf_counter() - begun
    if not own:
        for client in people:
            client.close()
    if faults:
        raise faults[0]
    return times
