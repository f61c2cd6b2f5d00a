"""What the contact person of a lead is told, in words: articles 13 and 14 of the GDPR, for the mail and the private
page alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.core.i18n import _, format_date, ngettext
from app.core.supervision import AUTHORITIES, authority_of
from app.settings.models import vendor


@dataclass(frozen=True)
class Part:
    """A heading with its sentences."""

    title: str
    lines: list[str]


PERIODS: list[Callable[[], list[str]]] = []
"""How long things are kept, in sentences: the floor above that knows the rules adds a function."""


def parts(
    article: int,
    source: str,
    reseller: str,
    received_at: datetime,
    country: str,
    customer: bool = False,
    software_partner: bool = False,
) -> list[Part]:
    """Everything that has to be told. `source` is empty when the vendor's own staff typed. `customer`: it is about an
    account that came without a registration; then nobody may be credited, and `reseller` is empty. `software_partner`:
    the one who is credited is one, which sees the company among its sign-ups and nothing of the person."""
    kept = [sentence for sentences in PERIODS for sentence in sentences()]
    return [
        Part(_("Who is responsible"), _who()),
        Part(_("Where your details come from"), _source(article, source, received_at, customer, software_partner)),
        Part(
            _("What we keep"),
            [
                _("Your name, e-mail address and phone number."),
                _("Name, numbers, address and website of the company, its shops, and the services it asked for."),
                _("What was asked and written about the customer account, and what was changed, when and by whom.")
                if customer
                else _("Notes and messages about the registration, and what was changed, when and by whom."),
            ],
        ),
        Part(
            _("Why we keep it, and on what ground"),
            [
                _("To serve the company as our customer, and to carry out the contract with it.")
                if customer
                else _(
                    "To answer the registration, to prepare and carry out a contract with the company, and to credit"
                    " the software partner whose onboarding page led to it."
                )
                if software_partner
                else _(
                    "To answer the registration, to prepare and carry out a contract with the company, and to credit"
                    " the reseller who brought it."
                ),
                _("This is our legitimate interest and that of the company (article 6(1)(f) GDPR). You may object."),
                _("Invoices and the mails about them are kept because the law asks for it (article 6(1)(c) GDPR)."),
                _("You are not obliged to let us have these details, but without them we do not know whom to ask.")
                if customer
                else _(
                    "You are not obliged to give us these details, but without them nobody can handle the registration."
                ),
                _("No decision about you is made by a computer alone."),
            ],
        ),
        Part(  # apart from all else, as article 21(4) asks
            _("You may object"),
            [_("For reasons of your own situation you may object to this use of your details at any time.")],
        ),
        Part(
            _("Who receives it"),
            [
                *_credited(reseller, customer, software_partner),
                _(
                    "Companies that work on our behalf under a contract, such as those who run our computers or"
                    " deliver our mail. Nobody else."
                ),
            ],
        ),
        Part(_("How long we keep it"), [*([] if customer else _reserved(software_partner)), *kept]),
        Part(
            _("Your rights"),
            [
                _(
                    "You may see what we keep, get a copy of it, have it corrected or erased, have its use restricted,"
                    " and object to its use."
                ),
                _(
                    "On your private page this takes one press. You may also write to us: %(email)s",
                    email=vendor().contact_email,
                ),
                _("We answer within one month."),
            ],
        ),
        Part(_("Where you may complain"), complaint(country)),
    ]


def _who() -> list[str]:
    own = vendor()
    lines = [own.name, *(line for line in own.footer.splitlines() if line.strip() and line.strip() != own.name)]
    return [*lines, _("You reach us at: %(email)s", email=own.contact_email)]


def _credited(reseller: str, customer: bool, software_partner: bool) -> list[str]:
    if not reseller:
        return []
    if software_partner:
        return [
            _("The software partner to whom it is credited: %(partner)s", partner=reseller),
            _("It sees name and city of the company and how far we are, but not your own details."),
        ]
    if customer:
        return [_("The reseller who looks after the company: %(reseller)s", reseller=reseller)]
    return [_("The reseller to whom the registration is credited: %(reseller)s", reseller=reseller)]


def _source(article: int, source: str, received_at: datetime, customer: bool, software_partner: bool) -> list[str]:
    day = format_date(received_at)
    if article == 13:
        return [_("You gave them to us yourself, on our registration form, on %(date)s.", date=day)]
    if not source and customer:
        return [
            _("The company is our customer. Our own staff entered your details, from our customer records."),
            _("Entered on: %(date)s", date=day),
        ]
    if not source:
        return [_("Our own staff entered them on %(date)s.", date=day)]
    return [
        _("We did not get them from you but from a software partner: %(source)s", source=source)
        if software_partner
        else _("We did not get them from you but from a reseller: %(source)s", source=source),
        _("Received on: %(date)s", date=day),
    ]


def _reserved(software_partner: bool) -> list[str]:
    days = vendor().protection_days
    if software_partner:
        return [
            ngettext(
                "An accepted registration is reserved for the software partner for %(num)s day.",
                "An accepted registration is reserved for the software partner for %(num)s days.",
                days,
            )
        ]
    return [
        ngettext(
            "An accepted registration is reserved for the reseller for %(num)s day.",
            "An accepted registration is reserved for the reseller for %(num)s days.",
            days,
        )
    ]


def complaint(country: str) -> list[str]:
    """The supervisory authority of a country, or all of them where it is not known."""
    authority = authority_of(country)
    known = [authority] if authority else list(AUTHORITIES.values())
    return [
        *(_("%(authority)s, %(website)s", authority=found.name, website=found.website) for found in known),
        _("Or the authority of the country in which you live or work."),
    ]
