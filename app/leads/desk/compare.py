"""What claims one company, as columns and rows for components/compare.html."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.core.i18n import _, format_date, format_moment, ngettext
from app.core.identifiers import show_website
from app.customers.fields import asked_in, name_of, shown
from app.customers.models import Account
from app.leads.models import Lead, TypedBy
from app.leads.queries.desk import Competition, workload

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def competition_columns(competing: Competition) -> list[dict[str, Any]]:
    """The account first, for it was there before; then the leads as they came."""
    columns: list[dict[str, Any]] = []
    if competing.account is not None:
        columns.append(
            {
                "mark": "=",
                "title": _("The account %(ref)s", ref=competing.account.ref),
                "meta": format_moment(competing.account.created_at),
            }
        )
    first = competing.leads[0] if competing.leads else None
    for place, lead in enumerate(competing.leads):
        letter = LETTERS[place % 26]
        if place == 0 or first is None:
            title = _("%(letter)s, came first", letter=letter)
        else:
            title = _("%(letter)s, %(time)s later", letter=letter, time=_span(lead.created_at - first.created_at))
        columns.append({"mark": letter, "title": title, "meta": format_moment(lead.created_at), "lead": lead})
    return columns


def competition_rows(competing: Competition) -> list[dict[str, Any]]:
    """Field by field; what differs from the first column is marked."""
    records: list[Lead | Account] = [*([competing.account] if competing.account else []), *competing.leads]
    if len(records) < 2:
        return []
    work = workload({record.reseller_id for record in records if record.reseller_id is not None})
    rows = [
        _row(_("Credited to"), [_reseller(record, work) for record in records], marked=False),
        _row(_("Typed by"), [_typed_by(record) for record in records]),
    ]
    country = records[0].country
    rows += [
        _row(str(name_of(field, country)), [shown(field, getattr(record, field), record.country) for record in records])
        for field in asked_in(country)
        if field not in ("street", "postcode", "city") and any(getattr(record, field) for record in records)
    ]
    rows.append(_row(_("Address"), [[record.street, f"{record.postcode} {record.city}"] for record in records]))
    rows.append(_row(_("Services"), [sorted(held.service.name for held in record.services) for record in records]))
    rows.append(_row(_("Shops"), [sorted(show_website(shop.url) for shop in record.shops) for record in records]))
    rows.append(_row(_("Protected until"), [_protected(record) for record in records], marked=False))
    return rows


def _row(label: str, values: list[Any], *, marked: bool = True) -> dict[str, Any]:
    different = [value != values[0] for value in values]
    same = not any(different)
    return {"label": label, "values": values, "differs": different if marked and not same else False, "same": same}


def _reseller(record: Lead | Account, work: dict[int, tuple[int, int]]) -> list[str]:
    if record.reseller is None:
        return [_("Nobody: the vendor's own customer")]
    accounts, leads = work.get(record.reseller.id, (0, 0))
    return [
        record.reseller.organisation.name,
        ngettext("%(num)s account", "%(num)s accounts", accounts)
        + ", "
        + ngettext("%(num)s open lead", "%(num)s open leads", leads),
    ]


def _typed_by(record: Lead | Account) -> str:
    if isinstance(record, Account):
        return _("Not known")
    if record.reseller.is_software_partner:
        own = record.typed_by == TypedBy.RESELLER
        return _("The software partner") if own else _("The company, by an onboarding page")
    return _("The reseller") if record.typed_by == TypedBy.RESELLER else _("The client, on the personal link")


def _protected(record: Lead | Account) -> str:
    if isinstance(record, Account):
        return _("It is an account")
    return format_date(record.claim_until) if record.claim_until and record.claim_key else _("No claim yet")


def _span(time: timedelta) -> str:
    """How much later, in its largest unit."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(num)s minute", "%(num)s minutes", max(minutes, 1))
    if minutes < 48 * 60:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
    return ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60))
