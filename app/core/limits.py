"""Rate limits, by address of the visitor as the trusted proxies tell it."""

from flask import Flask, request
from flask_limiter import Limiter


def _address() -> str:
    return request.remote_addr or "unknown"


limiter = Limiter(_address, default_limits=[], headers_enabled=True, strategy="fixed-window")

PUBLIC_FORM = "60 per minute"
"""Public forms and links: for one address and for one link."""


def init_app(app: Flask) -> None:
    settings = app.config["GANGWAY"]
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    app.config.setdefault("RATELIMIT_ENABLED", True)
    limiter.init_app(app)
