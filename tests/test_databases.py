"""Test processes get databases of their own from one that was built once, and nothing is left running."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests import databases

ROOT = Path(__file__).parents[1]
GONE = 2**22 + 1
"""More than the system gives as a number to a process."""

# One test process: gets its database, checks that it is its own, and lets go.
PROCESS = """
import sys
from pathlib import Path
import sqlalchemy as sa
from tests import databases

worker, root = sys.argv[1], Path(sys.argv[2])
root.mkdir(exist_ok=True)

def build(url):
    with (root / "built").open("a") as log:
        log.write(f"{worker}\\n")
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE thing (name VARCHAR(20))"))

url = databases.database_url(worker, root, build)
with sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://")).begin() as connection:
    connection.execute(sa.text("INSERT INTO thing VALUES (:name)"), {"name": worker})
    print(connection.scalar(sa.text("SELECT count(*) FROM thing")), connection.dialect.name)
input()
databases.stop()
"""


def processes(root: Path, kind: str, *workers: str) -> "list[subprocess.Popen[str]]":
    return [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, worker, str(root)],
            env={**os.environ, "GANGWAY_TEST_DB": kind},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for worker in workers
    ]


@pytest.mark.parametrize(("kind", "dialect"), [("sqlite", "sqlite"), ("postgres", "postgresql")])
def test_each_process_has_its_own_copy_of_one_database(tmp_path: Path, kind: str, dialect: str) -> None:
    started = processes(tmp_path, kind, "gw0", "gw1")
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == f"1 {dialect}\n"
    note = tmp_path / "postgres-place"
    data = Path(note.read_text()) / "data" if note.exists() else None
    server = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0])) if data else None

    for process in started:
        process.communicate("\n", timeout=30)

    assert [process.returncode for process in started] == [0, 0]
    assert len((tmp_path / "built").read_text().splitlines()) == 1
    if data and server:
        assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
        assert not data.parent.exists()


def test_a_killed_run_is_cleared_by_the_next(tmp_path: Path) -> None:
    (killed,) = processes(tmp_path / "first", "postgres", "master")
    assert killed.stdout is not None
    killed.stdout.readline()
    place = Path((tmp_path / "first" / "postgres-place").read_text())
    killed.kill()
    killed.communicate()
    assert place.exists()

    (following,) = processes(tmp_path / "second", "postgres", "master")
    following.communicate("\n", timeout=60)

    assert following.returncode == 0
    assert not place.exists()


def test_a_place_that_its_last_user_is_removing_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name, users in (("abandoned", f"[{GONE}]"), ("being-removed", "[]"), ("in-use", f"[{GONE}, {os.getpid()}]")):
        (tmp_path / f"{databases.PREFIX}{name}" / "data").mkdir(parents=True)
        (tmp_path / f"{databases.PREFIX}{name}" / "data" / ".handle_pids.json").write_text(users)

    databases.clear_leftovers()

    left = {place.name.removeprefix(databases.PREFIX) for place in tmp_path.iterdir()}
    assert left == {"being-removed", "in-use"}


def test_an_unknown_kind_of_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANGWAY_TEST_DB", "oracle")
    with pytest.raises(RuntimeError, match="must be 'sqlite' or 'postgres'"):
        databases.database_url("master", tmp_path, lambda url: None)
