"""Making tokens and services."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.access.roles import STAFF_ROLE_NAMES, StaffRole
from app.access.scopes import NAMES, Scope, open_to
from app.core.clock import today
from app.core.forms import BaseForm, DateField, MultiChoice, Required, TextField
from app.core.i18n import _l
from app.people.models import Person
from app.people.service.tokens import TokenDetails
from app.settings.models import vendor


class TokenForm(BaseForm):
    """What a token is called, may do, and how long it works."""

    name = TextField(
        _l("Name of the token"),
        [Required(_l("Enter a name by which you know it again"))],
        limit=100,
        autocomplete="off",
        hint=_l("The program or machine that will use it."),
    )
    scopes = MultiChoice(
        _l("What it may do"),
        [Required(_l("Choose at least one thing that the token may do"))],
        choices=(),
        coerce=Scope,
        hint=_l("Never more than its owner may at that moment."),
    )
    expires_on = DateField(
        _l("Works until"),
        [Required(_l("Enter the last day on which it works"))],
        hint=_l("At most a year from now."),
    )

    @classmethod
    def of(cls, person: Person) -> TokenForm:
        """For a token of this person or service."""
        form = cls(data={"expires_on": today(vendor().timezone) + timedelta(days=90)})
        form.scopes.choices = [(scope, NAMES[scope], scope.value) for scope in open_to(person)]
        return form

    def to_details(self) -> TokenDetails:
        assert self.expires_on.data is not None, "it is required"
        last = datetime.combine(self.expires_on.data + timedelta(days=1), time(0), ZoneInfo(vendor().timezone))
        return TokenDetails(self.name.data, frozenset(self.scopes.data), last)


def _roles() -> list[tuple[str, Any]]:
    """All but the administrator's: a program that lets others in would be one too many."""
    return [(role, name) for role, name in STAFF_ROLE_NAMES.items() if role != StaffRole.ADMINISTRATOR]


class WithdrawalForm(BaseForm):
    """Asks nothing but whether it is meant."""


def _role_boxes() -> MultiChoice:
    return MultiChoice(
        _l("Roles"),
        [Required(_l("Choose at least one role"))],
        choices=_roles,
        coerce=StaffRole,
        hint=_l("The service may see and do what staff with these roles may."),
    )


class ServiceForm(BaseForm):
    name = TextField(
        _l("Name of the service"),
        [Required(_l("Enter the name of the service"))],
        limit=100,
        autocomplete="off",
        hint=_l("The history names it as the doer."),
    )
    roles = _role_boxes()


class ServiceRolesForm(BaseForm):
    roles = _role_boxes()
