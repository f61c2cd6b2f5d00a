"""What costs much and is the same for every process, and for every run of one `make test`."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache


def place(own: Path) -> Path:
    """The folder that GANGWAY_TEST_SHARED names, else `own`."""
    return Path(os.environ.get("GANGWAY_TEST_SHARED") or own)


def templates(app: Flask, own: Path) -> None:
    """Lets whoever needs a template first compile it for all."""
    compiled = place(own) / "templates"
    compiled.mkdir(parents=True, exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
