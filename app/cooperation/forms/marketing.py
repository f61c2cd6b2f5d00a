"""The forms of joint marketing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cooperation import words
from app.cooperation.models import ActionKind, MarketingAction
from app.cooperation.service.marketing import ActionDetails
from app.core.db import new_ref
from app.core.forms import (
    BaseForm,
    ChoiceField,
    DateField,
    HiddenField,
    NoteField,
    Optional,
    Required,
    TextField,
    UrlField,
)
from app.core.i18n import _l


class ActionForm(BaseForm):
    """What is done together, by whom and until when."""

    key = HiddenField()
    version = HiddenField()
    kind = ChoiceField(
        _l("Kind"),
        [Required(_l("Choose the kind"))],
        choices=list(words.KINDS.items()),
        coerce=ActionKind,
        empty=_l("Choose"),
        width="m",
    )
    title = TextField(_l("What is done?"), [Required(_l("Enter what is done"))])
    owner = ChoiceField(_l("Who does it?"), [Required(_l("Choose who does it"))], empty=_l("Choose"))
    due_on = DateField(_l("Until when?"), [Required(_l("Enter the day"))])
    notes = NoteField(_l("Remarks"), [Optional()], limit=5000, hint=_l("Both sides read them."))

    @classmethod
    def blank(cls, owners: Sequence[tuple[str, str]]) -> ActionForm:
        return cls(data={"key": new_ref("K")})._offer(owners)

    @classmethod
    def of(cls, action: MarketingAction, owners: Sequence[tuple[str, str]]) -> ActionForm:
        values: dict[str, Any] = {name: getattr(action, name) for name in ("title", "due_on", "notes")}
        values |= {"kind": ActionKind(action.kind), "owner": action.owner.ref, "version": str(action.version)}
        form = cls(data=values)
        known = {ref for ref, _name in owners}
        gone = [(action.owner.ref, action.owner.name)] if action.owner.ref not in known else []
        return form._offer([*gone, *owners])

    def _offer(self, owners: Sequence[tuple[str, str]]) -> ActionForm:
        self.owner.choices = list(owners)
        return self

    def to_details(self) -> ActionDetails:
        assert self.due_on.data is not None  # required
        return ActionDetails(self.kind.data, self.title.data, self.owner.data, self.due_on.data, self.notes.data or "")


class DoneForm(BaseForm):
    """Where it can be seen."""

    url = UrlField(
        _l("Link"),
        [Required(_l("Enter the link at which it can be seen"))],
        hint=_l("Where it can be seen: the post, the page, the listing. Both sides read it."),
    )
