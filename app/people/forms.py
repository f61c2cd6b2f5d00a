"""The forms of signing in, of one's own profile, of an organisation's people and of the staff."""

from __future__ import annotations

from typing import Any

from app.access.roles import MEMBER_ROLE_NAMES, STAFF_ROLE_NAMES, MemberRole, StaffRole
from app.core.forms import (
    BaseForm,
    ChoiceField,
    EmailField,
    HiddenField,
    MultiChoice,
    Optional,
    PasswordField,
    PhoneField,
    RadioChoice,
    Required,
    TextField,
)
from app.core.i18n import LOCALES, NAMES, _l
from app.people.service.own import Profile
from app.people.service.places import Newcomer, Welcome
from app.people.service.staff import Colleague

LANGUAGES = [(code, NAMES[code]) for code in LOCALES]
PASSWORD_HINT = _l("At least 12 characters. Any characters are fine, spaces too.")


class SignInForm(BaseForm):
    """E-mail address and password."""

    email = EmailField(_l("E-mail address"), [Required(_l("Enter your e-mail address"))], autocomplete="username")
    password = PasswordField(_l("Password"), [Required(_l("Enter your password"))], autocomplete="current-password")
    next = HiddenField()


class AddressForm(BaseForm):
    """Who wants a link mailed."""

    email = EmailField(_l("E-mail address"), [Required(_l("Enter your e-mail address"))], autocomplete="username")
    next = HiddenField()


class CodeForm(BaseForm):
    """A code of the authenticator app or, where that is said, a recovery code."""

    code = TextField(
        _l("Code"),
        [Required(_l("Enter the code"))],
        limit=40,
        autocomplete="one-time-code",
        inputmode="text",
        width="s",
    )


class NewPasswordForm(BaseForm):
    password = PasswordField(
        _l("New password"), [Required(_l("Choose a password"))], hint=PASSWORD_HINT, autocomplete="new-password"
    )


class WelcomeForm(BaseForm):
    """What somebody who was invited says about themselves."""

    name = TextField(_l("Your name"), [Required(_l("Enter your name"))], autocomplete="name")
    locale = ChoiceField(_l("Your language"), choices=LANGUAGES, width="s", hint=_l("For pages and mails."))
    password = PasswordField(_l("Password"), [Optional()], hint=PASSWORD_HINT, autocomplete="new-password")

    def to_details(self) -> Welcome:
        return Welcome(self.name.data, self.locale.data or "en", self.password.data)


class ProofForm(BaseForm):
    """Password, code or both: what the person signs in with. The door takes out what does not apply."""

    password = PasswordField(_l("Password"), [Required(_l("Enter your password"))], autocomplete="current-password")
    code = TextField(
        _l("Code from your authenticator app"),
        [Required(_l("Enter the code"))],
        limit=40,
        autocomplete="one-time-code",
        width="s",
        hint=_l("Without the app, enter one of your recovery codes."),
    )


class ProfileForm(BaseForm):
    name = TextField(_l("Name"), [Required(_l("Enter your name"))], autocomplete="name")
    phone = PhoneField(
        _l("Phone"), [Optional()], country="", width="m", hint=_l("With the country code, for example +31 20 794 0820.")
    )
    locale = ChoiceField(_l("Language"), choices=LANGUAGES, width="s", hint=_l("For pages and mails."))

    def to_details(self) -> Profile:
        return Profile(self.name.data, self.phone.data or None, self.locale.data or "en")


class NewAddressForm(BaseForm):
    email = EmailField(_l("New e-mail address"), [Required(_l("Enter the new e-mail address"))])


class MemberForm(BaseForm):
    """Whom an owner invites."""

    name = TextField(_l("Name"), [Required(_l("Enter the person's name"))], autocomplete="off")
    email = EmailField(_l("E-mail address"), [Required(_l("Enter the person's e-mail address"))], autocomplete="off")
    role = RadioChoice(
        _l("Role"),
        [Required(_l("Choose a role"))],
        choices=[
            (MemberRole.MEMBER, MEMBER_ROLE_NAMES[MemberRole.MEMBER], _l("Works with leads and accounts.")),
            (
                MemberRole.OWNER,
                MEMBER_ROLE_NAMES[MemberRole.OWNER],
                _l("Also invites and removes people and accepts the terms."),
            ),
        ],
        coerce=MemberRole,
    )
    locale = ChoiceField(_l("Language of the invitation"), choices=LANGUAGES, width="s")

    def to_details(self) -> Newcomer:
        return Newcomer(self.email.data, self.name.data, self.locale.data or "en", self.role.data)


class RoleForm(BaseForm):
    """A member's role, changed."""

    role = RadioChoice(
        _l("Role"),
        [Required(_l("Choose a role"))],
        choices=[(role, MEMBER_ROLE_NAMES[role]) for role in MemberRole],
        coerce=MemberRole,
    )


def _roles() -> list[tuple[Any, ...]]:
    return [(role, STAFF_ROLE_NAMES[role], ROLE_HINTS[role]) for role in StaffRole]


ROLE_HINTS = {
    StaffRole.SALES: _l("Decides on applications and leads."),
    StaffRole.ACCOUNT_MANAGER: _l("Converts leads, and looks after accounts and plans."),
    StaffRole.TEAM_LEADER: _l(
        "Does what sales and account managers do, completes cases, merges accounts and erases persons."
    ),
    StaffRole.COORDINATOR: _l(
        "Assigns follow-ups, looks after service and software partners, edits leads and accounts."
    ),
    StaffRole.CONTENT_EDITOR: _l("Writes manuals, the directory, playbooks, documents and the list of services."),
    StaffRole.DESIGNER: _l("Does tasks in plans, and answers the questions of software partners."),
    StaffRole.FINANCE: _l("Keeps billing, invoices and the list of services, and reads leads and accounts."),
    StaffRole.ADMINISTRATOR: _l("May do everything, and manages staff and settings."),
}


class RolesForm(BaseForm):
    """What a colleague does. None at all: no longer on the staff."""

    roles = MultiChoice(_l("Roles"), [Optional()], choices=_roles, coerce=StaffRole)


class ColleagueForm(BaseForm):
    """Whom an administrator invites to the desk."""

    name = TextField(_l("Name"), [Required(_l("Enter the person's name"))], autocomplete="off")
    email = EmailField(_l("E-mail address"), [Required(_l("Enter the person's e-mail address"))], autocomplete="off")
    locale = ChoiceField(_l("Language"), choices=LANGUAGES, width="s")
    roles = MultiChoice(_l("Roles"), [Required(_l("Choose at least one role"))], choices=_roles, coerce=StaffRole)

    def to_details(self) -> Colleague:
        return Colleague(self.email.data, self.name.data, self.locale.data or "en", frozenset(self.roles.data))
