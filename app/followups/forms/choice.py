"""The choice of a service partner for a lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.carried import number_in
from app.core.crypto import token
from app.core.forms import BaseForm, ChoiceField, HiddenField, NoteField, Optional, RadioChoice, Required
from app.core.i18n import _l
from app.followups.choosing import Ranked, suggestion
from app.followups.models import Assignment, ServicePartner
from app.followups.service.assigning import Choice


class ChoiceForm(BaseForm):
    """The customer's wish, one partner out of all, and why another one than the suggested. Carries what the page
    showed."""

    wish = ChoiceField(
        _l("Wish of the customer"),
        [Optional()],
        empty=_l("No wish"),
        hint=_l("Somebody whom the company knows, asked for, or was referred by. A wish comes before everything else."),
        width="m",
    )
    partner = RadioChoice(_l("Service partner"), [Required(_l("Choose one of the service partners"))])
    override = NoteField(
        _l("Why another one than the suggested"),
        [Optional()],
        limit=1000,
        rows=3,
        hint=_l("Needed when you choose another one. Only staff read it."),
    )
    suggested = HiddenField()
    replaces = HiddenField()
    key = HiddenField()

    @classmethod
    def blank(cls, wish_id: int | None) -> ChoiceForm:
        """As it is opened; the same class reads what was sent."""
        return cls(data={"wish": str(wish_id or ""), "key": token()})

    @property
    def wish_id(self) -> int | None:
        """The wish that was chosen, or None."""
        return number_in(self.wish.data) or None

    def offer(self, partners: Mapping[int, ServicePartner]) -> None:
        """What may be chosen; by name, the order of the ranking is the page's."""
        names = sorted((one.name_sort, one.id, one.organisation.name) for one in partners.values())
        self.wish.choices = [(str(id), name) for _sort, id, name in names]
        self.partner.choices = [(str(id), name) for _sort, id, name in names]

    def show(self, ranked: Sequence[Ranked], held: Assignment | None, *, fresh: bool) -> None:
        """Carries this ranking from now on. `fresh`, or whoever had chosen what was suggested before, chooses what is
        suggested now."""
        suggested = str(suggestion(ranked) or "")
        if fresh or self.partner.data in ("", None, self.suggested.data):
            self.partner.data = suggested
        self.suggested.data = suggested
        self.replaces.data = held.ref if held else ""

    def to_details(self) -> Choice:
        return Choice(
            partner_id=number_in(self.partner.data),
            wish_id=self.wish_id,
            override=self.override.data,
            seen=True,
            suggested_id=number_in(self.suggested.data) or None,
            replaces=self.replaces.data or "",
            key=self.key.data or None,
        )
