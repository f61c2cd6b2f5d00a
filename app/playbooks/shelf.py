"""The playbooks that come with this release, as files in `library/`."""

from __future__ import annotations

from pathlib import Path

LIBRARY = Path(__file__).parent / "library"


def files() -> list[Path]:
    """The shipped files, by name."""
    return sorted(LIBRARY.glob("*.yaml"))
