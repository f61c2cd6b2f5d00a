"""The web server's processes are killed during registrations: what was acknowledged is there, whole, and once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from flask import Flask

from tests.faults.processes import Web, a_web_server
from tests.faults.visitors import Visitor, check
from tests.sentences import a_nip, a_reseller, link_of

pytestmark = pytest.mark.fault


def kill_workers(web: Web, times: int, pause: float) -> int:
    """One web process after the other; the master starts new ones."""
    killed = 0
    for _ in range(times):
        time.sleep(pause)
        for child in web.children()[:1]:
            child.kill()
            killed += 1
    return killed


def test_every_acknowledged_registration_is_there_whole(app: Flask, context: None, tmp_path: Path) -> None:
    slugs = [link_of(a_reseller(f"Polana {number}")).slug for number in range(4)]
    stop = threading.Event()
    with a_web_server(app, tmp_path) as web:
        visitors = [Visitor(web.url, slug, number, [a_nip() for _ in range(6)]) for number, slug in enumerate(slugs, 1)]
        threads = [threading.Thread(target=visitor.run, args=(stop,)) for visitor in visitors]
        for thread in threads:
            thread.start()
        killed = kill_workers(web, times=3, pause=0.4)
        for thread in threads:
            thread.join(40)
        stop.set()
        assert killed == 3
    acknowledged = {receipt: nip for visitor in visitors for receipt, nip in visitor.acknowledged.items()}
    assert len(acknowledged) == 24, "each got its receipt in the end"
    check(acknowledged)
