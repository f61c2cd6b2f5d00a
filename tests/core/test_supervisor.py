"""The process tree restarts what dies, stops cleanly, and leaves nobody behind, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app import supervisor

PATIENCE = 20.0
Start = Callable[..., "subprocess.Popen[str]"]

ROOT = Path(__file__).parents[2]

# Stands in for a web server: has a child of its own, and writes down both numbers at each start.
SERVER = """
import os, pathlib, signal, subprocess, sys, time
own = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open({journal!r}, "a") as journal:
    journal.write(f"{{os.getpid()}} {{own.pid}}\\n")
signal.signal(signal.SIGTERM, lambda number, frame: (own.terminate(), own.wait(), sys.exit(0)))
while True:
    time.sleep(0.05)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open({journal!r}, "a") as journal:
    journal.write(f"{{os.getpid()}}\\n")
while True:
    time.sleep(0.05)
"""
TREE = """
import sys
sys.path.insert(0, {rooms!r})
import supervisor
supervisor.STOP_WITHIN = 1.5
supervisor.CLEAR_WITHIN = 1.0
sys.exit(supervisor.Tree({{"web": [sys.executable, "-c", {child!r}]}}).run())
"""


class Journal:
    """The process numbers that the started children wrote down, one list for each start."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def starts(self) -> list[list[int]]:
        lines = self.path.read_text().splitlines(keepends=True) if self.path.exists() else []
        return [[int(number) for number in line.split()] for line in lines if line.endswith("\n")]

    def after(self, count: int) -> list[int]:
        until(lambda: len(self.starts()) >= count)
        return self.starts()[count - 1]

    def alive(self) -> list[int]:
        return [number for start in self.starts() for number in start if runs(number)]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


@pytest.fixture
def start(journal: Journal) -> Iterator[Start]:
    trees = []

    def _start(child: str = SERVER) -> "subprocess.Popen[str]":
        program = TREE.format(rooms=str(ROOT / "app"), child=child.format(journal=str(journal.path)))
        tree = subprocess.Popen([sys.executable, "-P", "-c", program], stdout=subprocess.PIPE, text=True)
        trees.append(tree)
        return tree

    yield _start
    for tree in trees:
        tree.kill()
        tree.communicate()
    for number in journal.alive():
        os.kill(number, signal.SIGKILL)


def runs(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(truth: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not truth():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def test_a_killed_server_is_started_again_and_its_leftovers_are_gone(start: Start, journal: Journal) -> None:
    tree = start()
    server, servers_child = journal.after(1)

    os.kill(server, signal.SIGKILL)

    again, _child = journal.after(2)
    assert runs(again)
    assert not runs(servers_child)
    tree.terminate()
    said, _ = tree.communicate(timeout=PATIENCE)
    assert "web was ended by SIGKILL; starting it again" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_leaves_no_process(start: Start, journal: Journal, number: signal.Signals) -> None:
    tree = start()
    journal.after(1)

    tree.send_signal(number)

    assert tree.wait(PATIENCE) == 0
    assert journal.alive() == []


def test_a_child_that_will_not_stop_is_killed(start: Start, journal: Journal) -> None:
    tree = start(STUBBORN)
    journal.after(1)

    tree.terminate()

    assert tree.wait(PATIENCE) == 0
    assert journal.alive() == []


def test_a_stop_while_starting_leaves_no_process(start: Start, journal: Journal) -> None:
    for delay in (0.03, 0.06, 0.1, 0.15):
        tree = start()
        time.sleep(delay)
        tree.terminate()
        tree.wait(PATIENCE)
    time.sleep(0.2)
    assert journal.alive() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_killing_the_tree_itself_leaves_no_process(start: Start, journal: Journal) -> None:
    tree = start()
    journal.after(1)

    tree.kill()

    until(lambda: journal.alive() == [])


def test_what_dies_at_once_is_tried_again_ever_more_slowly(start: Start, journal: Journal) -> None:
    begun = time.monotonic()
    tree = start("import os\nopen({journal!r}, 'a').write(f'{{os.getpid()}}\\n')\nos._exit(3)")
    journal.after(3)

    assert time.monotonic() - begun > 3 * supervisor.FIRST_PAUSE
    tree.terminate()
    said, _ = tree.communicate(timeout=PATIENCE)
    assert "web ended with code 3; starting it again in 1 s" in said
    assert "starting it again in 2 s" in said


def test_a_taken_port_is_refused_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}

        refused = subprocess.run(
            [sys.executable, "-P", supervisor.__file__],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 cannot be used (Address already in use)" in refused.stderr


ANNOUNCING = """
import sys, time
sys.path.insert(0, {rooms!r})
import supervisor
begun = time.monotonic()
commands = {{name: [sys.executable, "-c", f"import time; print({{name!r}}, flush=True); time.sleep(60)"]
    for name in ("web", "worker")}}
supervisor.SAID_WITHIN = {patience}
table = [sys.executable, "-c", "import time; time.sleep(0.3); print('table', flush=True)"]
sys.exit(supervisor.Tree(commands).run(ready=lambda: {ready}, announce=lambda: table))
"""


@pytest.mark.parametrize(
    ("patience", "ready", "said"),
    [(20, "time.monotonic() > begun + 0.5", "web table worker"), (1, "False", "web worker")],
)
def test_others_start_once_it_is_said_where_to_go(patience: float, ready: str, said: str) -> None:
    program = ANNOUNCING.format(rooms=str(ROOT / "app"), patience=patience, ready=ready)
    tree = subprocess.Popen([sys.executable, "-P", "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert tree.stdout
        assert [tree.stdout.readline().strip() for _ in said.split()] == said.split()
    finally:
        tree.terminate()
        tree.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "-1"])
def test_an_impossible_port_is_refused_in_a_sentence(port: str) -> None:
    refused = subprocess.run(
        [sys.executable, "-P", supervisor.__file__],
        env={**os.environ, "PORT": port},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert refused.returncode == 1
    assert refused.stderr == f"gangway: PORT is {port!r}; it must be a number from 1 to 65535.\n"


def test_one_of_the_two_can_be_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(
        supervisor.Tree, "run", lambda tree, **said: ran.append([one.name for one in tree.children]) or 0
    )
    monkeypatch.setattr(supervisor, "why_not_listen", lambda host, port: None)
    for asked in ([], ["web"], ["worker"]):
        assert supervisor.main(asked) == 0
    assert ran == [["web", "worker"], ["web"], ["worker"]]


def test_a_worker_alone_asks_for_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor.Tree, "run", lambda tree, **said: 0)
    monkeypatch.setenv("PORT", "eighty")
    assert supervisor.main(["worker"]) == 0


def test_nothing_else_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert supervisor.main(["everything"]) == 1
    assert capsys.readouterr().err == "gangway: Say web, worker, or nothing for both, and not everything.\n"
