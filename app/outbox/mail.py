"""What a mail is before it is rendered: a frozen value of typed fields, checked when it is written down."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

if TYPE_CHECKING:
    from app.outbox.models import MailRow

_REGISTRY: dict[str, type[Mail]] = {}


@dataclass(frozen=True)
class Mail:
    """The base of every message. A subclass names its `template` and its fields; the fields are the template's
    context. Allowed types: str, int, bool, date, datetime, list[str], and each of them or None.
    """

    template: ClassVar[str] = ""
    carries_link: ClassVar[bool] = False
    """True when the mail carries a personal link: its token is given to `post()` apart and kept encrypted. The
    template prints it with `secret_link`, the whole address."""

    mints_late: ClassVar[bool] = False
    """True when the link is minted as the mail is written out, by `renew`, and not where the mail is queued: for what
    many people do at once, while the others wait."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.template in _REGISTRY and _REGISTRY[cls.template].__qualname__ != cls.__qualname__:
            raise RuntimeError(f"two mails are called {cls.template}")
        _REGISTRY[cls.template] = cls

    def renew(self, row: MailRow) -> str | None:
        """A new path for the personal link when staff send `row` once more: the old token is gone by then.

        Called inside the `write()` of the resend. Every mail that carries a link says here how to mint one; None means
        that nobody may have this link any more.
        """
        return None

    def calendar(self, to: Recipient) -> CalendarPart | None:
        """An entry for the reader's calendar, in the reader's language; None for mails that bring none. Asked once,
        when the mail is first written out."""
        return None

    def attached(self) -> Attached | None:
        """A file that goes with it; None for mails that bring none. Asked as the mail leaves, each time it does: files
        that are mailed never change."""
        return None

    def unsubscribe(self) -> str | None:
        """The path at which the reader switches mails of this kind off, without a sign-in and with one press (RFC
        8058); None for mails that are part of the work. Worked out when the mail is rendered, never stored."""
        return None

    @classmethod
    def sample(cls) -> Self:
        """A plausible one, for the preview and for the test that renders every mail in five languages."""
        raise NotImplementedError


@dataclass(frozen=True)
class CalendarPart:
    """A calendar object (RFC 5545) that goes with a mail, and what it asks of the reader's calendar (RFC 5546)."""

    method: str
    """REQUEST or CANCEL."""
    body: bytes
    """UTF-8, lines folded and ended by CRLF."""


@dataclass(frozen=True)
class Attached:
    """A file that goes with a mail."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Recipient:
    """Who gets it, in which language."""

    email: str
    name: str
    locale: str
    person_id: int | None = None

    @classmethod
    def of(cls, person: Reader, *, email: str | None = None) -> Self:
        """Somebody who signs in, at their own address or another."""
        return cls(email or person.email, person.name, person.locale, person.id)


class Reader(Protocol):
    """A person, as far as a mail has to know them."""

    @property
    def id(self) -> int: ...

    @property
    def email(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def locale(self) -> str: ...


def registered() -> dict[str, type[Mail]]:
    """Every kind of mail by its template's name."""
    return dict(sorted(_REGISTRY.items()))


def dump(mail: Mail) -> dict[str, Any]:
    """The mail's fields as JSON.

    Raises:
        TypeError: a field holds what its type does not allow. Better now than in the worker.
    """
    hints = _hints(type(mail))
    return {field.name: _to_json(field.name, getattr(mail, field.name), hints[field.name]) for field in _fields(mail)}


def load(template: str, args: dict[str, Any]) -> Mail:
    """The mail from its JSON.

    Raises:
        KeyError: no mail is called so (any more).
        TypeError: a field is missing.
    """
    kind = _REGISTRY[template]
    hints = _hints(kind)
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: _from_json(value, hints[name]) for name, value in args.items() if name in known})


_HINTS: dict[type[Mail], dict[str, Any]] = {}
"""The types of the fields, worked out once: that takes longer than writing the mail down."""


def _hints(kind: type[Mail]) -> dict[str, Any]:
    found = _HINTS.get(kind)
    if found is None:
        found = _HINTS[kind] = typing.get_type_hints(kind)
    return found


def _fields(mail: Mail) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(mail)


def _options(hint: Any) -> tuple[Any, ...]:
    return (
        typing.get_args(hint)
        if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
        else (hint,)
    )


def _to_json(name: str, value: Any, hint: Any) -> Any:
    for option in _options(hint):
        if option == list[str]:
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                return value
        elif option is datetime or option is date:
            if type(value) is option:
                return value.isoformat()
        elif type(value) is option:
            return value
    raise TypeError(f"mail field {name} holds {value!r}, not {hint}")


def _from_json(value: Any, hint: Any) -> Any:
    options = _options(hint)
    if isinstance(value, str) and datetime in options:
        return datetime.fromisoformat(value)
    if isinstance(value, str) and date in options:
        return date.fromisoformat(value)
    return value
