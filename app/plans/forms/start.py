"""Starting a plan: from which playbook, with which answers, who manages it, and who gets the personal link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import request
from wtforms import FormField

from app.core import identifiers
from app.core.crypto import token
from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    EmailField,
    HiddenField,
    MultiChoice,
    NoteField,
    Optional,
    Part,
    Repeat,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import LOCALES, NAMES, _, _l
from app.core.identifiers import Invalid
from app.people.models import Person
from app.plans.forms import facts
from app.plans.service.people import ROLE_NAMES, NewContact
from app.plans.service.starting import StartDetails
from app.playbooks.outline import ContactRole, Outline
from app.playbooks.queries import Startable

MOST_PEOPLE = 20
LANGUAGES = [(code, NAMES[code]) for code in LOCALES]


def contact_roles() -> list[tuple[str, Any]]:
    return [(role.value, name) for role, name in ROLE_NAMES.items()]


class PersonPart(Part):
    """One person of the customer's. A box without name and address is left out, whatever else is chosen in it."""

    name = TextField(_l("Name"), [Required(_l("Enter the name"))], autocomplete="off")
    email = EmailField(_l("E-mail address"), [Required(_l("Enter the e-mail address"))], autocomplete="off")
    phone = TextField(_l("Phone"), [Optional()], limit=40, autocomplete="off")
    role = ChoiceField(_l("What this person does"), [Optional()], choices=contact_roles, empty=_l("Choose"))
    locale = ChoiceField(
        _l("Language"), [Optional()], choices=LANGUAGES, empty=_l("The language of the plan"), width="m"
    )
    enters = TickField(_l("Gets a personal link to the whole plan"))

    @property
    def is_named(self) -> bool:
        return bool(str(self.name.data).strip() or str(self.email.data).strip())

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if self.is_named:
            return valid
        for field in self:
            field.errors = []
        return True

    def to_contact(self) -> NewContact:
        return NewContact(
            name=self.name.data,
            email=self.email.data,
            phone=self.phone.data,
            locale=self.locale.data,
            role=self.role.data or ContactRole.COLLEAGUE,
            enters=self.enters.data,
        )


class StartForm(BaseForm):
    """The questions of the chosen playbook follow it as fields of their own, see `of`."""

    playbook = ChoiceField(_l("Playbook"), [Required(_l("Choose a playbook"))], choices=())
    name = TextField(_l("Name of the plan"), [Optional()], hint=_l("Left empty, it is the company's name."))
    manager = ChoiceField(_l("Account manager"), [Required(_l("Choose the account manager"))], choices=(), width="m")
    contract_on = DateField(
        _l("Contract accepted on"), [Optional()], hint=_l("Deadlines that begin with the contract count from this day.")
    )
    golive_on = DateField(
        _l("Starting date"),
        [Optional()],
        hint=_l("The customer can be seen and is invoiced from this day on. Leave it empty while it is not agreed."),
    )
    starting_why = NoteField(
        _l("Reason for a later starting date"),
        [Optional()],
        limit=1000,
        hint=_l("Only when it is later than the playbook allows."),
    )
    billing = MultiChoice(_l("Billing that begins on the starting date"), choices=())
    locale = ChoiceField(
        _l("Language of the plan"),
        [Required(_l("Choose a language"))],
        choices=LANGUAGES,
        hint=_l("It is printed in this language. Each person reads it in their own."),
        width="m",
    )
    contacts = Repeat(FormField(PersonPart), min_entries=1, max_entries=MOST_PEOPLE)
    invite = TickField(
        _l("Send the personal links now"), hint=_l("Otherwise nobody is mailed until you send them from the plan.")
    )
    key = HiddenField()

    outline: Outline | None = None
    country = ""
    """Whose phone numbers need no code in front."""

    @classmethod
    def of(
        cls,
        outline: Outline | None,
        playbooks: Sequence[Startable],
        managers: Sequence[Person],
        begin: StartDetails,
        *,
        locale: str,
        manager: Person | None,
        billable: Sequence[tuple[str, str]] = (),
        leads: bool = False,
    ) -> StartForm:
        """For the playbook that is chosen; `begin` is what stands in it at first. `billable`: billing details that can
        begin on a starting date; `leads`: whether a later one than the playbook allows may be agreed."""
        named = {known.ref for known in managers}
        data: dict[str, Any] = {
            "playbook": begin.playbook,
            "name": begin.name,
            "manager": manager.ref if manager is not None and manager.ref in named else "",
            "contract_on": begin.contract_on,
            "golive_on": begin.golive_on,
            "locale": begin.locale or locale,
            "contacts": [_typed(contact) for contact in begin.contacts],
            "invite": begin.invite,
            "key": token(),
        }
        parts = facts.fields_of(outline) if outline else {}
        if outline:
            data |= facts.shown(outline, begin.facts)
        form: StartForm = type(cls.__name__, (cls,), parts)(data=data)
        form.outline, form.country = outline, begin.country
        starts = outline is not None and outline.starting is not None
        for name, asked in (
            ("contract_on", outline is not None),
            ("golive_on", starts),
            ("starting_why", starts and leads),
            ("billing", starts and billable),
        ):
            if not asked:
                del form[name]
        if "billing" in form:
            form.billing.choices = list(billable)
        choices: Any = form.playbook
        choices.choices = [(known.playbook.code, known.playbook.title) for known in playbooks]
        choices = form.manager
        choices.choices = [(person.ref, person.name) for person in managers]
        if request.method == "POST" and outline is not None:
            form._presume(outline)
        return form

    def _presume(self, outline: Outline) -> None:
        """Another playbook was just chosen: questions that the page did not show yet get what it presumes."""
        if request.form.get("asked") == outline.code:
            return
        for name, value in facts.shown(outline, {}).items():
            if name not in request.form:
                self[name].process_data(value)

    def rearranged(self, do: str) -> bool:
        """Whether a button asked for one box more, or one fewer."""
        if do == "add-person":
            if len(self.contacts) < MOST_PEOPLE:
                self.contacts.append_entry()
            return True
        if do.startswith("drop-person-") and do.removeprefix("drop-person-").isdecimal():
            place = int(do.removeprefix("drop-person-"))
            kept = [entry.form.data for at, entry in enumerate(self.contacts.entries) if at != place]
            self.contacts.process(None, kept)
            return True
        return False

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        named = [part.form for part in self.contacts.entries if part.form.is_named]
        if not named:
            first: Any = self.contacts.entries[0].form.name
            first.errors = [_("Name at least one person on the customer's side")]
            return False
        seen: set[str] = set()
        for part in named:
            valid = _is_phone(part, self.country) and valid
            if not part.email.errors and part.email.data.casefold() in seen:
                part.email.errors = [_("This address stands in this list twice.")]
                valid = False
            seen.add(part.email.data.casefold())
        return valid

    def details_for(self, begin: StartDetails, manager_id: int) -> StartDetails:
        assert self.outline is not None
        return replace(
            begin,
            playbook=self.playbook.data,
            manager_id=manager_id,
            facts=facts.given(self, self.outline),
            contacts=tuple(part.form.to_contact() for part in self.contacts.entries if part.form.is_named),
            name=self.name.data,
            locale=self.locale.data,
            contract_on=self.contract_on.data,
            golive_on=self.golive_on.data if "golive_on" in self else None,
            starting_why=self.starting_why.data if "starting_why" in self else "",
            billing=tuple(self.billing.data) if "billing" in self else (),
            invite=self.invite.data,
            key=self.key.data or None,
        )


def _is_phone(part: Any, country: str) -> bool:
    if part.phone.data and not part.phone.errors:
        try:
            identifiers.normalise_phone(part.phone.data, country)
        except Invalid as error:
            part.phone.errors = [error.message]
            return False
    return True


def _typed(contact: NewContact) -> dict[str, Any]:
    return {
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "role": contact.role,
        "locale": contact.locale,
        "enters": contact.enters,
    }
