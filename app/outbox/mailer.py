"""The one place that talks SMTP."""

from __future__ import annotations

from flask import Flask
from flask_mail import Mail as FlaskMail

flask_mail = FlaskMail()


def init_app(app: Flask) -> None:
    flask_mail.init_app(app)
