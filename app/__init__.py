"""Gangway: the application factory and nothing else."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import config
from app.access import guard
from app.core import (
    addresses,
    assets,
    bodies,
    csp,
    csrf,
    db,
    htmx,
    i18n,
    jobs,
    limits,
    logs,
    metrics,
    money,
    published,
    tables,
)
from app.directory import hostnames
from app.outbox import mailer
from app.people import duties, sessions, tokens
from app.settings import processes
from app.settings.models import vendor
from app.web import brand, context, errors, inbox

BLUEPRINTS = (
    "app.people.public:blueprint",
    "app.people.panel:blueprint",
    "app.people.desk:blueprint",
    "app.people.my:blueprint",
    "app.documents.public:blueprint",
    "app.documents.desk:blueprint",
    "app.imports.desk:blueprint",
    "app.catalogue.desk:blueprint",
    "app.playbooks.desk:blueprint",
    "app.partners.public:blueprint",
    "app.partners.panel:blueprint",
    "app.partners.desk:blueprint",
    "app.partners.api:blueprint",
    "app.customers.panel:blueprint",
    "app.customers.desk:blueprint",
    "app.customers.api:blueprint",
    "app.billing.panel:blueprint",
    "app.billing.desk:blueprint",
    "app.billing.api:blueprint",
    "app.trainings.public:blueprint",
    "app.trainings.my:blueprint",
    "app.trainings.desk:blueprint",
    "app.trainings.api:blueprint",
    "app.plans.public:blueprint",
    "app.plans.desk:blueprint",
    "app.plans.my:blueprint",
    "app.plans.api:blueprint",
    "app.leads.public:blueprint",
    "app.leads.desk:blueprint",
    "app.leads.panel:blueprint",
    "app.leads.api:blueprint",
    "app.followups.desk:blueprint",
    "app.followups.panel:blueprint",
    "app.followups.api:blueprint",
    "app.integrations.public:blueprint",
    "app.integrations.panel:blueprint",
    "app.integrations.desk:blueprint",
    "app.integrations.api:blueprint",
    "app.manuals.public:blueprint",
    "app.manuals.panel:blueprint",
    "app.manuals.desk:blueprint",
    "app.directory.public:blueprint",
    "app.directory.panel:blueprint",
    "app.directory.desk:blueprint",
    "app.directory.api:blueprint",
    "app.cooperation.panel:blueprint",
    "app.cooperation.desk:blueprint",
    "app.reports.desk:blueprint",
    "app.privacy.public:blueprint",
    "app.privacy.desk:blueprint",
    "app.notices.public:blueprint",
    "app.notices.tasks.public:blueprint",
    "app.api.public:blueprint",
    "app.api.my:blueprint",
    "app.api.desk:blueprint",
    "app.web.public:blueprint",
    "app.web.desk:blueprint",
    "app.web.health:blueprint",
    "app.web.mail_desk:blueprint",
    "app.web.webhooks.desk:blueprint",
    "app.web.history_desk:blueprint",
    "app.web.settings:blueprint",
    "app.web.brand:blueprint",
)
"""Every door, in the order of the floors."""

COMMANDS = (
    "app.history.cli:history",
    "app.people.cli:users",
    "app.outbox.cli:worker",
    "app.outbox.cli:outbox",
    "app.outbox.cli:schedule",
    "app.web.health:metrics_token",
    "app.playbooks.cli:playbooks",
    "app.plans.cli:secrets",
    "app.reports.cli:reports",
    "app.privacy.cli:privacy",
    "app.backup.cli:backup",
    "app.demo.cli:demo",
)

JOBS = (
    "app.history.jobs",
    "app.outbox.webhooks.jobs",
    "app.imports.work",
    "app.partners.jobs",
    "app.leads.jobs",
    "app.followups.jobs",
    "app.cooperation.jobs",
    "app.manuals.jobs",
    "app.reports.jobs",
    "app.privacy.jobs",
    "app.trainings.jobs",
    "app.plans.jobs",
    "app.notices.jobs",
    "app.notices.tasks.jobs",
)
"""Rooms that declare what happens by itself, see app/core/schedule.py."""

IMPORTERS = (
    "app.imports.staff",
    "app.catalogue.imports",
    "app.partners.imports",
    "app.customers.imports",
    "app.billing.invoice_imports",
    "app.billing.detail_imports",
    "app.leads.imports",
    "app.followups.imports",
    "app.integrations.imports",
)
"""Rooms that say how files are read into a feature's lists, in the order in which people choose from them."""


def create_app(settings: config.Settings | None = None) -> Flask:
    """A new application. `settings` come from the environment unless a test gives its own."""
    settings = settings or config.from_environment()
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.config.update(_flask_settings(settings))
    addresses.init_app(app)
    bodies.init_app(app)
    hostnames.init_app(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        proxied = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # as Flask's manual has it
    logs.init_app(app)
    metrics.init_app(app)
    db.init_app(app)
    published.init_app(app)
    sessions.init_app(app)
    i18n.init_app(app, lambda: vendor().default_locale, lambda: vendor().timezone)
    money.init_app(app)
    tables.init_app(app)
    htmx.init_app(app)
    csrf.init_app(app)
    limits.init_app(app)
    assets.init_app(app)
    guard.public(assets.view)
    csp.init_app(app)
    mailer.init_app(app)
    jobs.init_app(app)
    processes.init_app(app)
    tokens.init_app(app)
    guard.init_app(app)
    duties.init_app(app)
    errors.init_app(app)
    context.init_app(app)
    brand.init_app(app)
    inbox.init_app(app)
    for name in BLUEPRINTS:
        app.register_blueprint(_named(name))
    for name in COMMANDS:
        app.cli.add_command(_named(name))
    for name in (*JOBS, *IMPORTERS):
        import_module(name)
    return app


def _named(name: str) -> Any:
    module, attribute = name.split(":")
    return getattr(import_module(module), attribute)


def _flask_settings(settings: config.Settings) -> dict[str, object]:
    prefix = "__Host-" if settings.https else ""
    return {
        "GANGWAY": settings,
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.former_secret_keys),
        "TESTING": settings.testing,
        "SESSION_COOKIE_NAME": f"{prefix}gangway",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": 14 * 24 * 3600,
        # A file and its form; a form's own text is capped lower, by MAX_FORM_MEMORY_SIZE.
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "MAX_FORM_PARTS": 1000,
        "TRUSTED_HOSTS": None if settings.testing else [settings.public_host, "127.0.0.1", "localhost"],
        "WTF_CSRF_TIME_LIMIT": 24 * 3600,
        "WTF_CSRF_SSL_STRICT": False,  # core.csrf looks at Origin itself
        "WTF_CSRF_CHECK_DEFAULT": False,  # core.csrf asks, so that a stale form can be shown again
        "TEMPLATES_AUTO_RELOAD": False,
        "SEND_FILE_MAX_AGE_DEFAULT": 0,
    }
