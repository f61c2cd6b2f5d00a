"""An import of many lines, one in a hundred wrong: how long each stage takes, and what it does to the memory.

`python -m tests.bench.importing FOLDER LINES` runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.seed import environment

ROOT = Path(__file__).parents[2]


def measured(folder: Path, lines: int) -> dict[str, Any]:
    """Seconds and megabytes of an import of accounts into an empty database."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.bench.importing", str(folder), str(lines)]
    env = {**os.environ, **environment(folder / "gangway.db")}
    answer = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _file(lines: int) -> bytes:
    head = "company_name;country;company_number;street;postcode;city;contact_name;email;phone;website\r\n"
    return (head + "".join(_line(number, nip) for number, nip in zip(range(lines), _nips(), strict=False))).encode()


def _line(number: int, nip: str) -> str:
    phone = "12" if number % 100 == 50 else f"+48 22 {100 + number % 900} 43 {number % 100:02d}"
    return (
        f"Stolarnia Modrzew {number} sp. z o.o.;PL;{nip};ul. Długa {number};62-200;Gniezno;Hanna Wilk;"
        f"biuro@firma{number}.example;{phone};https://firma{number}.example\r\n"
    )


def _nips() -> Iterator[str]:
    for number in range(300_000_000, 999_999_999):
        digits = f"{number:09d}"
        check = sum(int(digit) * weight for digit, weight in zip(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
        if check != 10:
            yield digits + str(check)


def _memory() -> float:
    """Megabytes at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    from flask_migrate import upgrade

    from app import create_app
    from app.core.db import db
    from app.core.files import Received
    from app.imports import registry, service, work
    from app.imports.models import ImportRun
    from app.imports.reading import CSV
    from app.people import queries as people
    from tests.sentences import a_staff_member

    lines = int(sys.argv[2])
    app = create_app()
    with app.app_context():
        upgrade()
        by = people.by_id(a_staff_member("sales").id)
        content = _file(lines)
        run = service.send(registry.of_code("accounts"), Received("list.csv", CSV, content), "bench", "en", by)
        told: dict[str, Any] = {"megabytes_sent": len(content) / 1e6, "memory_before": _memory(), "longest": 0.0}

        def go_on() -> float:
            begun = time.monotonic()
            while True:
                part = time.monotonic()
                more = work.go_on("bench")
                db.session.remove()
                told["longest"] = max(told["longest"], time.monotonic() - part)
                if not more:
                    return time.monotonic() - begun

        told["preview_s"] = go_on()
        found = db.session.get_one(ImportRun, run.id)
        told["new"], told["wrong"] = found.new, found.wrong
        service.apply(found.id, people.by_id(by.id))
        told["apply_s"] = go_on()
        found = db.session.get_one(ImportRun, run.id)
        told["state"], told["applied"], told["memory_after"] = found.state, found.applied, _memory()
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
