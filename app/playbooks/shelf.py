"""The playbooks that come with this release, as files in `library/`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from app.playbooks import schema
from app.playbooks.outline import Outline, to_content

LIBRARY = Path(__file__).parent / "library"


def files() -> list[Path]:
    """The shipped files, by name."""
    return sorted(LIBRARY.glob("*.yaml"))


def shipped() -> dict[str, tuple[Outline, str]]:
    """Each shipped outline with its digest, by code. Files are read once in a process.

    Raises:
        NotAPlaybook: a file is wrong; tests keep that from being released.
    """
    return _read(tuple((str(file), file.stat().st_mtime_ns) for file in files()))


@lru_cache(maxsize=2)
def _read(known: tuple[tuple[str, int], ...]) -> dict[str, tuple[Outline, str]]:
    outlines = (schema.read(Path(name).read_bytes(), name) for name, _changed in known)
    return {outline.code: (outline, schema.digest(to_content(outline))) for outline in outlines}
