"""Processes that begin where the application is already imported: half of the seconds that each would need to start.

A server that has imported everything, and has no threads and no connections, forks them. From there on they are what
`python -m` or `python -c` is: settings from their own environment, an application of their own, a group of their own.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app import BLUEPRINTS, COMMANDS, IMPORTERS, JOBS

ROOT = Path(__file__).parents[2]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [__name__, "flask.cli", *(name.partition(":")[0] for name in (*BLUEPRINTS, *COMMANDS, *JOBS, *IMPORTERS))]
)


class Started:
    """A running command, with as much of `subprocess.Popen` as tests ask for."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        """`command` is this Python, `-m` or `-c`, a module or code, and arguments; what it says goes into `log`."""
        python, how, what, *arguments = command
        assert python == sys.executable
        assert how in ("-m", "-c")
        log.touch()
        self._process = _FORKS.Process(target=_begin, args=(how, what, arguments, dict(env), str(log)), daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        self._process.join(seconds)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a process of the product", seconds or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _begin(how: str, what: str, arguments: list[str], env: dict[str, str], log: str) -> None:
    os.setsid()
    os.chdir(ROOT)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.environ.clear()
    os.environ.update(env)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    sys.argv = [how, *arguments]
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(what, {"__name__": "__main__"})
