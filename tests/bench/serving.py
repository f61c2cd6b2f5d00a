"""Servers under measure: started as in production, watched, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from app import supervisor

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0


@dataclass
class Served:
    """A running server and everything it started."""

    process: subprocess.Popen[bytes]
    port: int

    def tree(self) -> list[psutil.Process]:
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def cpu(self) -> float:
        """Seconds of processor that the whole tree has used."""
        total = 0.0
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def memory(self) -> int:
        """Bytes that would be free if the tree were gone: shared pages count once."""
        return sum(process.memory_full_info().pss for process in self.tree())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(app: str, environment: Mapping[str, str], command: list[str] | None = None) -> Iterator[Served]:
    """Serves `app` ("module:name") with the server of `make run` until the block ends."""
    port = free_port()
    command = command or supervisor.web_command("127.0.0.1", port, app)
    command = [part.replace("{port}", str(port)) for part in command]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), **environment},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    served = Served(process, port)
    try:
        _wait_until_it_answers(served)
        yield served
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _wait_until_it_answers(served: Served) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if served.process.poll() is not None:
            raise RuntimeError(f"the server ended with {served.process.returncode}: {served.process.args!r}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", served.port), timeout=1) as probe:
            # Accepted is not answered: a worker may still be importing the application.
            probe.settimeout(PATIENCE)
            probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if probe.recv(1):
                return
        time.sleep(0.05)
    raise RuntimeError("the server does not answer")
