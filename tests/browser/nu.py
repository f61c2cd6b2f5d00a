"""Finds the Nu HTML checker, or brings it: what GANGWAY_VNU names, else its package, run by Debian's Java."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from tests.browser.bringing import NotBrought, from_debian, run, turn

PACKAGE = "vnu-jar@26.9.27"
HTMX = re.compile(r"Attribute [“\"]hx-[a-z-]+[”\"] not allowed on element")
"""The one exception: htmx's own attributes, by their public names. Browsers leave them alone; with `data-` before them,
as on pages that everybody gets alike, they do the same."""


def mistakes_in(folder: Path) -> list[str]:
    """What the checker calls an error or a warning in the HTML files of a folder. One Java reads them all.

    Raises:
        NotBrought: there is no checker here, and none could be brought.
    """
    # It would guess a page's language, wrongly where names are all that stands in it.
    asked = ["--format", "json", "--stdout", "--exit-zero-always", "--no-langdetect", str(folder)]
    command = ["java", "-Xmx1g", "-jar", str(find_or_bring()), *asked]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    said = [one for one in json.loads(done.stdout)["messages"] if not HTMX.match(one["message"])]
    return [f"{Path(one['url']).name}, line {one.get('lastLine')}: {one['message']}" for one in said]


def find_or_bring() -> Path:
    """The checker as a Java archive. Raises NotBrought."""
    tried = []
    with turn("vnu"):
        if not shutil.which("java"):
            tried.append(from_debian("default-jre-headless"))
        if not shutil.which("java"):
            raise NotBrought("No Java for the Nu HTML checker. " + " ".join(filter(None, tried)))
        if named := os.environ.get("GANGWAY_VNU"):
            if not Path(named).is_file():
                raise NotBrought(f"GANGWAY_VNU is {named}, which is no file.")
            return Path(named)
        kept = _cache() / f"{PACKAGE.replace('@', '-')}.jar"
        if not kept.exists():
            tried.append(_bring(kept))
        if not kept.exists():
            raise NotBrought("No Nu HTML checker: set GANGWAY_VNU to a vnu.jar. " + " ".join(filter(None, tried)))
        return kept


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gangway"


def _bring(kept: Path) -> str:
    """By npm, which knows where packages come from; says why when that did not work."""
    missing = "" if shutil.which("npm") else from_debian("npm")
    if missing:
        return missing
    kept.parent.mkdir(parents=True, exist_ok=True)
    if failed := run("npm", "pack", "--silent", "--pack-destination", str(kept.parent), PACKAGE):
        return failed
    packed = kept.with_suffix(".tgz")
    with tarfile.open(packed) as archive:
        inside = archive.extractfile("package/build/dist/vnu.jar")
        if inside is None:
            return "The package holds no vnu.jar."
        half = kept.with_suffix(".half")
        half.write_bytes(inside.read())
    half.rename(kept)
    packed.unlink()
    return ""
