"""On a busy machine a page must not lose patience: what is looked up is counted inside the request, as where nobody
else works. Tests of the other way say so."""

import pytest

from app.privacy.service import looking


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "PATIENCE", 120.0)
