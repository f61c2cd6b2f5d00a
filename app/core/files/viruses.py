"""Asking a virus scanner about a file, where the installation has one (`GANGWAY_VIRUS_CHECK`)."""

from __future__ import annotations

import enum
import subprocess

import structlog
from flask import current_app, has_app_context

PATIENCE = 60.0
"""Seconds that the scanner may take for one file."""
FOUND = 1
"""What clamdscan, clamscan and their like end with when they found something; 0 is nothing found."""


class Verdict(enum.Enum):
    CLEAN = "clean"
    HARMFUL = "harmful"
    UNKNOWN = "unknown"
    """The scanner could not tell: such a file is not taken."""


def verdict(content: bytes) -> Verdict:
    """What the scanner says of a file, which it reads from its standard input. Clean where there is no scanner."""
    command = current_app.config["GANGWAY"].virus_check if has_app_context() else ()
    if not command:
        return Verdict.CLEAN
    try:
        done = subprocess.run(
            command, input=content, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        structlog.get_logger("files").error("virus check failed", error=type(error).__name__)
        return Verdict.UNKNOWN
    if done.returncode == 0:
        return Verdict.CLEAN
    if done.returncode == FOUND:
        structlog.get_logger("files").warning("a harmful file was refused")
        return Verdict.HARMFUL
    said = done.stderr.decode("utf-8", "replace")[-300:]
    structlog.get_logger("files").error("virus check failed", code=done.returncode, said=said)
    return Verdict.UNKNOWN
