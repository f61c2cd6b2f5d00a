"""What every answer tells the browser: what may run, who may frame it, who may keep it."""

from __future__ import annotations

from flask import Flask, Response, current_app, g

_POLICY = (
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cache-Control": "no-store",
}
"""Defaults: a view that sets one of them itself is left alone."""


def init_app(app: Flask) -> None:
    app.after_request(_protect)


def private_link() -> None:
    """For a page that is reached by a personal link: its address leaks neither by the referrer nor into a search
    engine."""
    g.gangway_private_link = True


def framed_mail(response: Response) -> Response:
    """Lets the desk show a mail's HTML as it arrived: with its own styles, inside our frame, without script, forms or
    anything from elsewhere."""
    response.headers["Content-Security-Policy"] = _MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _protect(response: Response) -> Response:
    if g.get("gangway_private_link"):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    _complete(response)
    if current_app.config["GANGWAY"].public_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.mimetype == "text/html":
        response.vary.add("HX-Request")
    return response


def _complete(response: Response) -> None:
    """A file's own policy is short. What `default-src` does not cover is said for it: who may frame it, and that no
    address in it begins elsewhere."""
    policy = response.headers["Content-Security-Policy"]
    for part in ("base-uri 'none'", "frame-ancestors 'none'"):
        if part.split()[0] not in policy:
            policy = f"{policy}; {part}"
    response.headers["Content-Security-Policy"] = policy
