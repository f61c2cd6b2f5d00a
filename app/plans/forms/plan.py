"""Forms about a plan as a whole and its people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    EmailField,
    HiddenField,
    NoteField,
    Optional,
    Required,
    TextField,
    TickField,
)
from app.core.i18n import _, _l
from app.people.models import Person
from app.plans.forms import facts
from app.plans.forms.start import LANGUAGES, contact_roles
from app.plans.models import Plan, PlanContact
from app.plans.service.people import NewContact
from app.playbooks.outline import Outline


class EditForm(BaseForm):
    """Name, language and account manager. Its days are agreed in its schedule."""

    name = TextField(_l("Name of the plan"), [Required(_l("Enter the name"))])
    manager = ChoiceField(_l("Account manager"), [Required(_l("Choose the account manager"))], choices=(), width="m")
    owner = ChoiceField(
        _l("Account owner"),
        [Optional()],
        choices=(),
        hint=_l("Becomes the account manager once all cases are completed."),
        width="m",
    )
    locale = ChoiceField(_l("Language of the plan"), [Required(_l("Choose a language"))], choices=LANGUAGES, width="m")
    foreseen_on = DateField(
        _l("Account manager's forecast"),
        [Optional()],
        hint=_l("The day on which you expect the customer to be live. Colleagues see it beside the computed one."),
        width="s",
    )
    version = HiddenField()

    @classmethod
    def of(cls, plan: Plan, managers: Sequence[Person], owner: Person | None) -> EditForm:
        form = cls(
            data={
                "name": plan.name,
                "manager": plan.manager.ref,
                "owner": owner.ref if owner else "",
                "locale": plan.locale,
                "foreseen_on": plan.foreseen_on,
                "version": str(plan.version),
            }
        )
        chosen: Any = form.manager
        people = {person.ref: person.name for person in managers} | {plan.manager.ref: plan.manager.name}
        chosen.choices = list(people.items())
        owners: Any = form.owner
        known = {person.ref: person.name for person in managers} | ({owner.ref: owner.name} if owner else {})
        owners.choices = [("", _("Nobody else")), *known.items()]
        return form


class FactsForm(BaseForm):
    """The answers about the customer, see `facts`."""

    version = HiddenField()

    @classmethod
    def of(cls, plan: Plan, outline: Outline) -> FactsForm:
        data = {"version": str(plan.version), **facts.shown(outline, plan.facts)}
        form: FactsForm = type(cls.__name__, (cls,), facts.fields_of(outline))(data=data)
        return form


class ArchiveForm(BaseForm):
    """Why a plan is archived."""

    reason = NoteField(_l("Reason"), [Required(_l("Enter the reason"))], limit=1000)
    version = HiddenField()


class ContactForm(BaseForm):
    """Somebody on the customer's side."""

    version = HiddenField()
    name = TextField(_l("Name"), [Required(_l("Enter the name"))], autocomplete="off")
    email = EmailField(_l("E-mail address"), [Required(_l("Enter the e-mail address"))], autocomplete="off")
    phone = TextField(_l("Phone"), [Optional()], limit=40, autocomplete="off")
    role = ChoiceField(
        _l("What this person does"), [Required(_l("Choose what this person does"))], choices=contact_roles, width="m"
    )
    locale = ChoiceField(_l("Language"), [Required(_l("Choose a language"))], choices=LANGUAGES, width="m")
    enters = TickField(
        _l("Gets a personal link to the whole plan"),
        hint=_l("Without it, this person can be named in tasks and be handed single tasks."),
    )

    @classmethod
    def of(cls, plan: Plan, contact: PlanContact | None) -> ContactForm:
        if contact is None:
            return cls(data={"role": "colleague", "locale": plan.locale, "enters": True})
        return cls(
            data={
                "version": str(contact.version),
                "name": contact.name,
                "email": contact.email,
                "phone": contact.phone or "",
                "role": contact.role,
                "locale": contact.locale,
                "enters": contact.enters,
            }
        )

    @staticmethod
    def details_of(contact: PlanContact) -> NewContact:
        """As they are now."""
        return NewContact(
            contact.name, contact.email, contact.phone or "", contact.locale, contact.role, enters=contact.enters
        )

    def to_details(self) -> NewContact:
        return NewContact(
            name=self.name.data,
            email=self.email.data,
            phone=self.phone.data,
            locale=self.locale.data,
            role=self.role.data,
            enters=self.enters.data,
        )
