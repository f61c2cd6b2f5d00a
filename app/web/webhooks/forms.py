"""What the administrator enters about an address of another system."""

from __future__ import annotations

from typing import Any

from app.core.forms import BaseForm, DateField, HiddenField, MultiChoice, Optional, Required, TextField, UrlField
from app.core.i18n import _l
from app.core.identifiers import InvalidContact
from app.outbox.webhooks import events
from app.outbox.webhooks.service import Details


def _choices() -> list[tuple[str, Any]]:
    return [
        choice
        for kind, known in events.offered()
        for choice in [
            (events.every(kind), _l("All of them, also those that a later release adds")),
            *((event.type, event.name) for event in known),
        ]
    ]


class ReceiverField(UrlField):
    """The address of another system: what is wrong with it is not said as of a website."""

    def settle(self) -> None:
        try:
            super().settle()
        except InvalidContact as problem:
            if problem.code in ("format", "host"):
                raise InvalidContact(
                    problem.code,
                    _l("Enter an address with a host name, such as https://hooks.company.example/gangway"),
                ) from problem
            raise


class WebhookForm(BaseForm):
    url = ReceiverField(
        _l("Address"),
        [Required(_l("Enter the address"))],
        description=_l("Where the other system takes events, for example https://hooks.company.example/gangway"),
    )
    description = TextField(
        _l("What the address is for"),
        [Optional()],
        limit=120,
        description=_l("A few words, so that others know it again."),
    )
    events = MultiChoice(_l("Events"), [Required(_l("Choose at least one event"))], choices=_choices)
    version = HiddenField()

    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The boxes by kind of record."""
        options = {option.data: option for option in self.events.options}
        return [
            (kind, [options[events.every(kind)], *(options[event.type] for event in known)])
            for kind, known in events.offered()
        ]

    def to_details(self) -> Details:
        chosen = list(self.events.data)
        # Whoever wants all of a kind needs none of it by name.
        slim = [each for each in chosen if each.endswith(".*") or f"{each.partition('.')[0]}.*" not in chosen]
        return Details(self.url.data, self.description.data, tuple(slim))


class ReplayForm(BaseForm):
    since = DateField(
        _l("Events since"),
        [Required(_l("Enter the day"))],
        description=_l("Events that were given up on this day or later."),
    )
