"""Stylesheet, script and icon: under addresses that name their content, so that browsers keep them for ever."""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from flask import Flask, Response, abort, request

_STATIC = Path(__file__).resolve().parent.parent / "static"
_BOOTSTRAP = "flask_bootstrap/static/bootstrap5/css/bootstrap.min.css"
_HTMX = "django_htmx/static/django_htmx/htmx-2.min.js"


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    name: str
    mimetype: str
    body: bytes
    zipped: bytes
    digest: str
    """Stands in the address."""
    integrity: str
    """For the `integrity` attribute (Subresource Integrity)."""


def view(digest: str, name: str) -> Response:
    """Serves one asset. Open to everybody: the application marks this function as public, because the guard stands on
    a floor above this one."""
    found = ASSETS.get(name)
    if found is None or found.digest != digest:
        abort(404)
    return served(found)


def served(found: Asset) -> Response:
    """The answer with an asset, to be kept for ever."""
    zipped = request.accept_encodings.quality("gzip") > 0
    response = Response(found.zipped if zipped else found.body, mimetype=found.mimetype)
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.set_etag(found.digest + ("-gzip" if zipped else ""))
    response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    app.add_url_rule("/assets/<digest>/<name>", "assets", view)
    app.jinja_env.globals.update(asset=asset, integrity=integrity, inlined=inlined)


def asset(name: str) -> str:
    """The address of an asset, for templates. Written here, not built: error pages need it where Flask builds none, as
    when the request names a foreign host.

    Raises:
        KeyError: there is no such asset.
    """
    return f"/assets/{ASSETS[name].digest}/{name}"


def integrity(name: str) -> str:
    """What the browser checks the asset's bytes against."""
    return ASSETS[name].integrity


@cache
def inlined(name: str) -> str:
    """The asset itself as an address, for a page that saves a request."""
    found = ASSETS[name]
    return f"data:{found.mimetype};base64,{base64.b64encode(found.body).decode()}"


def _installed(package: str, path: str) -> bytes:
    """A file of an installed distribution, found without importing it."""
    return Path(str(distribution(package).locate_file(path))).read_bytes()


def _bootstrap() -> bytes:
    """Without the last line, which points to a source map that we do not serve."""
    return _installed("bootstrap-flask", _BOOTSTRAP).split(b"/*# sourceMappingURL")[0]


def made(name: str, mimetype: str, *parts: bytes) -> Asset:
    """An asset of these parts, one after the other."""
    body = b"\n".join(parts)
    return Asset(
        name=name,
        mimetype=mimetype,
        body=body,
        zipped=gzip.compress(body, compresslevel=9, mtime=0),
        digest=hashlib.sha256(body).hexdigest()[:16],
        integrity="sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode(),
    )


def _load() -> dict[str, Asset]:
    """Ours is served together with what it builds on: a page then asks for one stylesheet and one script."""
    ours = {name: (_STATIC / name).read_bytes() for name in ("gangway.css", "gangway.js", "favicon.svg")}
    assets = (
        made("site.css", "text/css", _bootstrap(), ours["gangway.css"]),
        made("site.js", "text/javascript", _installed("django-htmx", _HTMX), ours["gangway.js"]),
        made("favicon.svg", "image/svg+xml", ours["favicon.svg"]),
    )
    return {found.name: found for found in assets}


ASSETS = _load()
