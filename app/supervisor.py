"""The one process tree of `make run`: web server and worker, started, restarted when they die, stopped together.

Run it with `python -P app/supervisor.py`, or with `web` or `worker` behind it for one of the two. It imports nothing of
the application on purpose: it must stay small, start at once, and outlive whatever is wrong with the rest.
"""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

STOP_WITHIN = 15.0
"""Seconds a child gets between TERM and KILL. Longer than the web server's own patience with running requests."""
CLEAR_WITHIN = 5.0
"""Seconds the leftovers of a dead child (a web server's workers, say) get to finish before they are killed."""
SETTLED_AFTER = 10.0
"""A child that lived this many seconds died of something new; one that did not gets a longer pause each time."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SAID_WITHIN = 20.0
"""Seconds the others wait for the first child to be announced, so that their logs do not run through what is said."""

Command = list[str]


def main(asked: Sequence[str]) -> int:
    """Keeps web and worker running, or the one that is asked for."""
    if asked not in ([], ["web"], ["worker"]):
        return _refuse(f"Say web, worker, or nothing for both, and not {' '.join(asked)}.")
    if asked == ["worker"]:
        return Tree({"worker": worker_command()}).run()
    host, port_text = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port_text.isdigit() or not 0 < int(port_text) < 65536:
        return _refuse(f"PORT is {port_text!r}; it must be a number from 1 to 65535.")
    port = int(port_text)
    if reason := why_not_listen(host, port):
        return _refuse(reason)
    commands = {"web": web_command(host, port)} | ({} if asked else {"worker": worker_command()})
    return Tree(commands).run(ready=lambda: answers(host, port), announce=lambda: announce(host, port))


def web_command(host: str, port: int, app: str = "wsgi:app") -> Command:
    """The web server. Two processes unless WEB_CONCURRENCY says otherwise.

    A body that trickles in holds a thread, so there are more of them than anybody needs to work: they cost memory only
    once they are used (docs/decisions/006-web-server.md).
    """
    command = [sys.executable, "-m", "gunicorn", app, "--bind", f"{_bracketed(host)}:{port}"]
    command += ["--workers", os.environ.get("WEB_CONCURRENCY") or "2", "--worker-class", "gthread", "--threads", "64"]
    command += ["--timeout", "60", "--graceful-timeout", "10", "--log-level", "warning", "--no-control-socket"]
    command += ["--limit-request-line", "8190"]  # what somebody pastes into a search field stands in the address
    if os.path.isdir("/dev/shm"):  # noqa: S108 -- only where the heartbeat file lies: on a disk it can stall a worker
        command += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    return command


def worker_command() -> Command:
    return _flask("worker")


def announce(host: str, port: int) -> Command | None:
    """Says where to go; in demo mode gives the command that says as whom."""
    shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else _bracketed(host)  # noqa: S104 -- compared, not bound
    say(f"Gangway is at http://{shown}:{port} (Ctrl-C stops it)")
    return _flask("demo", "people") if os.environ.get("GANGWAY_MODE", "demo") == "demo" else None


def why_not_listen(host: str, port: int) -> str | None:
    """The reason why nobody can listen there, in a sentence; None when the place is free."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        return f"HOST is {host!r}; this machine has no such address."
    except PermissionError:
        return f"Port {port} is reserved for the administrator. Choose a higher one: make run PORT=8001"
    except OSError as error:
        return f"Port {port} on {host} cannot be used ({error.strerror}). Choose another: make run PORT={port + 1}"
    return None


def answers(host: str, port: int) -> bool:
    target = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared, not bound
    with suppress(OSError), socket.create_connection((target, port), timeout=1):
        return True
    return False


@dataclass
class Child:
    """One command that is kept running. `process` is the latest attempt, None before the first."""

    name: str
    command: Command
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    died: float | None = None
    pause: float = FIRST_PAUSE

    def start(self) -> None:
        self.process = _spawn(self.command)
        self.started, self.died = time.monotonic(), None

    def keep_running(self) -> None:
        """Starts it again when it is gone, its leftovers are gone too, and the pause is over."""
        process = self.process
        if process is None:
            self.start()
        elif process.poll() is not None:
            now = time.monotonic()
            if self.died is None:
                self.died = now
                self._mourn(process)
            cleared = not _group_lives(process) or now > self.died + CLEAR_WITHIN
            if cleared and now > self.died + self.pause:
                _signal_group(process, signal.SIGKILL)
                self.start()

    def _mourn(self, process: "subprocess.Popen[bytes]") -> None:
        at_once = time.monotonic() - self.started < SETTLED_AFTER
        self.pause = min(self.pause * 2, LONGEST_PAUSE) if at_once else FIRST_PAUSE
        say(f"{self.name} {_how_it_ended(process.returncode)}; starting it again in {self.pause:g} s")
        # What it leaves behind may still hold the port; let it finish its requests, but not for long.
        _signal_group(process, signal.SIGTERM)


class Tree:
    """Keeps commands running until it is told to stop by INT, TERM or HUP. The first is announced before the others
    start."""

    def __init__(self, commands: Mapping[str, Command]) -> None:
        self.children = [Child(name, command) for name, command in commands.items()]
        self.guest: subprocess.Popen[bytes] | None = None  # the command that says as whom; runs once
        self.stopping = False

    def run(
        self, *, ready: Callable[[], bool] = lambda: True, announce: Callable[[], Command | None] = lambda: None
    ) -> int:
        """Returns 0 once everything has ended after a signal. `announce` is called once, when `ready` says so."""
        woken = self._listen_to_signals()
        _prctl()(PR_SET_CHILD_SUBREAPER, 1)  # orphans of a killed child come to us, whatever init does
        announced, until = False, time.monotonic() + SAID_WITHIN
        try:
            while not self.stopping:
                said = (announced and self.guest is None) or time.monotonic() > until
                for child in self.children if said else self.children[:1]:
                    child.keep_running()
                if not announced and ready():
                    announced = True
                    command = announce()
                    # Failing to say as whom is no reason to say anything else.
                    self.guest = _spawn(command, stderr=subprocess.DEVNULL) if command else None
                if self.guest and self.guest.poll() is not None:
                    self.guest = None  # its number may soon be somebody else's: never signal it again
                _wait(woken, 0.2)
        finally:
            self._stop()
        return 0

    def _listen_to_signals(self) -> int:
        """A descriptor that becomes readable with each signal, so that none is slept through."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._told_to_stop)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # only to be woken
        return reading

    def _told_to_stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _stop(self) -> None:
        running = [process for process in (self.guest, *(child.process for child in self.children)) if process]
        for process in running:
            _signal_group(process, signal.SIGTERM)
        until = time.monotonic() + STOP_WITHIN
        while time.monotonic() < until and any(_group_lives(process) for process in running):
            time.sleep(0.05)
        for process in running:
            _signal_group(process, signal.SIGKILL)
            process.wait()


def say(line: str) -> None:
    print(f"gangway: {line}", flush=True)  # noqa: T201 -- this is the program's voice at the terminal


def _refuse(reason: str) -> int:
    print(f"gangway: {reason}", file=sys.stderr)  # noqa: T201 -- see say()
    return 1


def _flask(*words: str) -> Command:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *words]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"


def _spawn(command: Command, stderr: int | None = None) -> "subprocess.Popen[bytes]":
    """In a session of its own: Ctrl-C reaches the tree alone, and what a dead child left behind can be addressed."""
    tie = _tied_to(os.getpid())
    # The check warns of threads between fork and exec; this program has none.
    return subprocess.Popen(command, stderr=stderr, start_new_session=True, preexec_fn=tie)  # noqa: PLW1509


def _tied_to(parent: int) -> Callable[[], None]:
    """Linux tells a child when its parent is gone, however it went, so `kill -9` of the tree leaves nothing running."""
    prctl = _prctl()  # looked up here: between fork and exec nothing should be loaded

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # gone before we asked
            os._exit(0)

    return tie


PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def _prctl() -> Callable[[int, int], object]:
    return ctypes.CDLL(None).prctl if sys.platform == "linux" else lambda option, value: None


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _group_lives(process: "subprocess.Popen[bytes]") -> bool:
    """Whether anything is left of an ended child. Its orphans came to us, and count until we have buried them."""
    if process.poll() is None:
        return True
    with suppress(ChildProcessError):
        while os.waitpid(-process.pid, os.WNOHANG) != (0, 0):
            pass
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):  # the latter is what macOS says of a group of zombies
        return False
    return True


def _wait(readable: int, seconds: float) -> None:
    select.select([readable], [], [], seconds)
    with suppress(BlockingIOError):
        while os.read(readable, 512):
            pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
