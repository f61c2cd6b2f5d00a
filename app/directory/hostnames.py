"""Hostnames of categories: each may answer on its own, at `/`, without any other page being reached by it.

A request for such a hostname is taken for one to the application's own host before Flask sees it: the category's page,
what it is drawn with, and what search engines read. For anything else the visitor is sent to `GANGWAY_PUBLIC_URL`. So
the hosts that the application trusts stay those that it is started with, no address is ever built from what a request
says, and nobody signs in anywhere else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from flask import Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from app.directory.queries import categories

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SECONDS = 10
"""After which a hostname that was entered at the desk is known to every process."""
_SLUG = "gangway.category"
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_AS_THEY_ARE = ("/robots.txt", "/sitemap.xml")
_DRAWN_WITH = ("/assets/", "/brand/")


class Hostnames:
    """What the database says, asked at most every few seconds, and only for a host that is not our own."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._known: dict[str, str] = {}
        self._until = 0.0

    def slug_of(self, host: str) -> str | None:
        """Of the category that answers there."""
        if time.monotonic() >= self._until:
            self._until = time.monotonic() + SECONDS
            try:
                with self._app.app_context():
                    self._known = categories.hostnames()
            except SQLAlchemyError:
                self._until = 0.0
        return self._known.get(host)

    def forget(self) -> None:
        self._until = 0.0


def init_app(app: Flask) -> None:
    """Inside of what tells the host that a proxy was asked for."""
    known = app.extensions["gangway_hostnames"] = Hostnames(app)
    public_url = app.config["GANGWAY"].public_url
    own = {urlsplit(public_url).hostname or "", "127.0.0.1", "localhost"}
    program = app.wsgi_app

    def _by_hostname(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = bare(environ.get("HTTP_HOST", ""))
        slug = None if host in own or not is_hostname(host) else known.slug_of(host)
        if slug is None:
            return program(environ, start_response)
        path = environ.get("PATH_INFO") or "/"
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD") or not _answered(path):
            return _elsewhere(public_url, environ, start_response)
        environ[_SLUG] = slug
        environ["HTTP_HOST"] = urlsplit(public_url).netloc
        if path == "/":
            environ["PATH_INFO"] = f"/integrations/{slug}"
        return program(environ, start_response)

    app.wsgi_app = _by_hostname  # type: ignore[method-assign]  # as Flask tells to wrap it


def bare(host: str) -> str:
    """Without port and final dot."""
    return host.lower().partition(":")[0].removesuffix(".")


def is_hostname(text: str) -> bool:
    """Whether this is a name with a dot in it, in ASCII: no address made of numbers."""
    return len(text) <= 200 and _HOST.fullmatch(text) is not None and not text.replace(".", "").isdigit()


def _answered(path: str) -> bool:
    return path == "/" or path in _AS_THEY_ARE or path.startswith(_DRAWN_WITH)


def _elsewhere(public_url: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The same page where it belongs; a form that was sent here was none of ours, and is not sent on."""
    path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe="/%:@!$&'()*+,;=~-._")
    query = environ.get("QUERY_STRING", "")
    address = f"{public_url}/{path.lstrip('/')}" + (f"?{query}" if query else "")
    headers = [("Location", address), ("Cache-Control", "no-store"), ("Content-Length", "0")]
    start_response("303 See Other", headers)
    return [b""]


def asked() -> str:
    """The slug of the category by whose hostname this request came; empty for our own host."""
    return str(request.environ.get(_SLUG, ""))


def base_of(hostname: str) -> str:
    """The address of a category's own host."""
    scheme = urlsplit(current_app.config["GANGWAY"].public_url).scheme
    return f"{scheme}://{hostname}"


def forget() -> None:
    """In this process; the others notice soon."""
    known: Any = current_app.extensions["gangway_hostnames"]
    known.forget()
