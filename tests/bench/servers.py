"""Which web server: the candidates side by side on a bare form. `python -m tests.bench.servers`.

A candidate that is not installed is left out; only the chosen one stands in requirements.in.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

from tests.bench.driver import Ask, Client, Script, Times, drive, form
from tests.bench.serving import Served, serving

APP = "tests.bench.hello:app"
ROUNDS = 3

GUNICORN = [sys.executable, "-m", "gunicorn", "{app}", "--bind", "127.0.0.1:{port}", "--workers", "2", "--worker-class"]
GUNICORN += ["gthread", "--threads", "{threads}", "--timeout", "60", "--graceful-timeout", "10"]
GUNICORN += ["--log-level", "warning", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
GRANIAN = [sys.executable, "-m", "granian", "{app}", "--host", "127.0.0.1", "--port", "{port}", "--workers", "2"]
GRANIAN += ["--interface", "wsgi", "--http", "1", "--no-ws", "--blocking-threads", "{threads}", "--log-level"]
GRANIAN += ["warning", "--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "10"]

CANDIDATES = {
    "gunicorn 16": ("gunicorn", GUNICORN, 16),
    "gunicorn 64": ("gunicorn", GUNICORN, 64),
    "granian 16": ("granian", GRANIAN, 16),
    "granian 64": ("granian", GRANIAN, 64),
}

FIELDS = [(f"field_{number}", f"Some text in field {number} zażółć") for number in range(25)]
POST = Ask("POST", "/form", form(FIELDS), expects=(303,))
HELLO = Ask("GET", "/")
PAGE = Ask("GET", "/page")


def main() -> int:
    wanted = sys.argv[1:] or list(CANDIDATES)
    for name in wanted:
        module, template, threads = CANDIDATES[name]
        if importlib.util.find_spec(module) is None:
            print(f"{name}: not installed, left out")
            continue
        print(f"== {name}", flush=True)
        for line in measure([part.replace("{threads}", str(threads)) for part in template]):
            print(f"  {line}", flush=True)
    return 0


def measure(template: list[str]) -> Iterator[str]:
    command = [part.replace("{app}", APP) for part in template]
    with serving(APP, {}, command) as served:
        for label, ask in (("form POST", POST), ("hello GET", HELLO), ("page GET", PAGE)):
            for clients in (1, 4, 16):
                yield f"{label}, {clients:2} clients: " + _speed(served, ask, clients)
        yield "4 clients beside 50 slow bodies: " + _beside_slow_bodies(served)
        yield f"memory of the tree with a bare Flask application: {served.memory() / 1e6:.0f} MB"
        yield "a killed worker: " + _after_a_kill(served)
        yield from _manners(served)
    yield "stop: " + _stop(command)


def _again(ask: Ask) -> Script:
    def _script(client: Client, number: int) -> Iterator[Ask]:
        while True:
            yield ask

    return _script


def _speed(served: Served, ask: Ask, clients: int) -> str:
    drive(served.port, _again(ask), clients, 0.3)
    rates, costs, times = [], [], Times()
    for _ in range(ROUNDS):
        before = served.cpu()
        run = drive(served.port, _again(ask), clients, 1.0)
        costs.append((served.cpu() - before) / len(run.each))
        rates.append(len(run.each) / run.over)
        times += run
    return (
        f"{statistics.median(rates):6.0f}/s, {statistics.median(costs) * 1e6:5.0f} us CPU each, "
        f"p50 {times.percentile(50) * 1e3:.2f} p99 {times.percentile(99) * 1e3:.2f} ms"
    )


def _beside_slow_bodies(
    served: Served, ask: Ask = POST, path: str = "/form", count: int = 50, seconds: float = 10.0
) -> str:
    """`count` visitors send one byte a second of a form, for `seconds`; the others should not notice."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n".encode()
    slow = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", served.port))
        connection.sendall(head + b"Content-Length: 500\r\n\r\na=")
        slow.append(connection)
    stop = threading.Event()

    def _drip() -> None:
        while not stop.wait(1.0):
            for connection in slow:
                with suppress(OSError):
                    connection.sendall(b"x")

    dripping = threading.Thread(target=_drip)
    dripping.start()
    time.sleep(1.0)
    before = served.cpu()
    try:
        times = drive(served.port, _again(ask), 4, seconds - 1.0)
        said = (
            f"{len(times.each) / times.over:6.0f}/s, {(served.cpu() - before) / len(times.each) * 1e6:.0f} us CPU, "
            f"p50 {times.percentile(50) * 1e3:.2f} p99 {times.percentile(99) * 1e3:.2f} "
            f"max {max(times.each) * 1e3:.0f} ms"
        )
    except Exception as fault:
        said = f"nobody else is served ({fault!r})"
    stop.set()
    dripping.join()
    for connection in slow:
        connection.close()
    return said


def _workers(served: Served) -> set[int]:
    """Those of its processes that may answer requests."""
    numbers = set()
    for child in psutil.Process(served.process.pid).children():
        with suppress(psutil.NoSuchProcess):
            if child.status() != psutil.STATUS_ZOMBIE and "resource_tracker" not in " ".join(child.cmdline()):
                numbers.add(child.pid)
    return numbers


def _after_a_kill(served: Served) -> str:
    before = _workers(served)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    begun = time.monotonic()
    refused = asked = 0
    while time.monotonic() - begun < 8:
        asked += 1
        try:
            Client(served.port).checked(HELLO)
        except OSError:
            refused += 1
        if served.process.poll() is not None:
            return f"the whole server ended after {time.monotonic() - begun:.1f} s"
        alive = _workers(served)
        if killed not in alive and len(alive) == len(before):
            return f"replaced after {time.monotonic() - begun:.2f} s, {refused} of {asked} requests refused meanwhile"
        time.sleep(0.02)
    return f"not replaced within 8 s, {refused} of {asked} requests refused"


def _manners(served: Served) -> Iterator[str]:
    """What an application needs to know of a request, and what must be refused."""
    client = Client(served.port)
    yield f"tells of a request: {json.loads(client.checked(Ask('GET', '/about')).text)}"
    client.close()
    form_head = b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    questions = {
        "a chunked body": b"POST /about HTTP/1.1\r\nHost: a\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "a body said to be too large": form_head + b"Content-Length: 99999999\r\n\r\nabc",
        "a body that is too large": form_head + b"Content-Length: 3000000\r\n\r\n" + b"x" * 3_000_000,
        "HEAD": b"HEAD /page HTTP/1.1\r\nHost: a\r\n\r\n",
        "two lengths": form_head + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "a header of 200 kB": b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    }
    for name, question in questions.items():
        yield f"{name}: {_raw(served, question)[:300]}"


def _raw(served: Served, request: bytes) -> str:
    with socket.create_connection(("127.0.0.1", served.port), timeout=3) as connection:
        answer = b""
        try:
            connection.sendall(request)
            while received := connection.recv(65536):
                answer += received
                connection.settimeout(0.3)
        except TimeoutError:
            answer += b" [kept open]" if answer else b"[no answer within 3 s]"
        except OSError as error:
            answer += f" [{type(error).__name__}]".encode()
        return " | ".join(answer.decode("latin-1").split("\r\n"))


def _stop(command: list[str]) -> str:
    """TERM while an answer is being made that takes a second."""
    with serving(APP, {}, command) as served:
        workers = _workers(served)
        outcome: list[str] = []

        def _wait_for_the_answer() -> None:
            try:
                outcome.append(Client(served.port).checked(Ask("GET", "/slow")).text)
            except OSError as error:
                outcome.append(f"lost ({type(error).__name__})")

        asking = threading.Thread(target=_wait_for_the_answer)
        asking.start()
        time.sleep(0.3)
        idle = socket.create_connection(("127.0.0.1", served.port))
        begun = time.monotonic()
        os.killpg(served.process.pid, signal.SIGTERM)  # to all of them, as the supervisor does
        code = served.process.wait(20)
        took = time.monotonic() - begun
        asking.join()
        idle.close()
        left = sum(psutil.pid_exists(worker) for worker in workers)
        return f"code {code} after {took:.2f} s, the running answer: {outcome[0]}, {left} processes left"


if __name__ == "__main__":
    sys.exit(main())
