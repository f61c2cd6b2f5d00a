"""Saying whose invoice it is and for which periods, where its document did not."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.billing.models import Invoice, InvoiceKind
from app.billing.service import matching
from app.billing.service.invoices import held, hold_accounts, saved, touch, unchanged_since
from app.billing.service.periods import unmark
from app.core.db import db, write
from app.core.errors import DomainError, NotFound
from app.core.i18n import _l
from app.customers import service as customers
from app.customers.models import Account
from app.history import words
from app.history.service import record
from app.people.models import Person

words.name(
    {
        "invoice.account_chosen": _l("Account chosen"),
        "invoice.account_cleared": _l("Account taken off"),
        "invoice.periods_linked": _l("Periods put on this invoice"),
        "invoice.period_unlinked": _l("Period taken off this invoice"),
        "invoice.moved": _l("Moved with the account that was merged"),
    }
)


class HasPeriods(DomainError):
    """The invoice's periods say whose it is."""


class CannotLink(DomainError):
    """The period is on another invoice, in another currency, or of another account."""


def choose_account(invoice_id: int, version: int, account_id: int | None, by: Person) -> Invoice:
    """Says whose invoice it is, or, with None, that nobody knows. Its credit notes that have no account follow.

    Raises:
        InvoiceMovedOn: it was changed since `version`.
        HasPeriods: its periods belong to the account it has.
        NotFound: there is no such account.
    """
    with write():
        if account_id is not None:
            account = customers.held_through(account_id)
            if not account.is_live:
                raise NotFound
            account_id = account.id
        invoice = held(invoice_id)
        if invoice.account_id == account_id:
            return invoice  # pressed twice
        unchanged_since(invoice, version)
        if invoice.periods:
            raise HasPeriods(_l("The periods on this invoice belong to its account. Take them off first."))
        verb = "invoice.account_chosen" if account_id is not None else "invoice.account_cleared"
        saved(invoice, verb, by, matching.set_account(invoice, account_id))
        if account_id is not None and invoice.kind == InvoiceKind.INVOICE:
            for note in _credit_notes_without_account(invoice):
                saved(note, verb, by, matching.set_account(note, account_id))
    return invoice


def _credit_notes_without_account(invoice: Invoice) -> Sequence[Invoice]:
    return db.session.scalars(
        sa.select(Invoice)
        .where(
            Invoice.credits_number == invoice.number,
            Invoice.kind == InvoiceKind.CREDIT_NOTE,
            Invoice.account_id.is_(None),
        )
        .order_by(Invoice.id)
        .with_for_update()
    ).all()


def link_periods(invoice_id: int, version: int, refs: Sequence[str], by: Person) -> Invoice:
    """Puts periods on an invoice, by their stable ids: they are never due again, handed over or not. An invoice without
    an account gets theirs.

    Raises:
        InvoiceMovedOn: it was changed since `version`.
        CannotLink: one of them is on another invoice, in another currency, or of another account.
    """
    with write():
        hold_accounts({one.detail.account_id for one in matching.found_by_refs(refs).values()})
        invoice = held(invoice_id)
        own = {period.ref for period in invoice.periods}
        if set(refs) <= own:
            return invoice  # pressed twice
        unchanged_since(invoice, version)
        linkable = matching.linkable(refs, matching.found_by_refs(refs), invoice.currency, invoice)
        accounts = {one.detail.account_id for one in linkable} | ({invoice.account_id} - {None})
        if len(accounts) > 1 or not set(refs) <= {one.ref for one in linkable} | own:
            raise CannotLink(
                _l("A chosen period is on another invoice by now, or of another account or currency. Look again.")
            )
        changes = matching.link(invoice, linkable)
        if invoice.account_id is None:
            changes |= matching.set_account(invoice, linkable[0].detail.account_id)
        saved(invoice, "invoice.periods_linked", by, changes)
    return invoice


def unlink_period(invoice_id: int, ref: str, by: Person) -> Invoice:
    """Takes a period off: it is handed over or due again, as it was. One that is not on the invoice stays as it is.

    Raises: NotFound
    """
    with write():
        invoice = held(invoice_id)
        period = next((one for one in invoice.periods if one.ref == ref), None)
        if period is None:
            return invoice
        had = sorted(one.ref for one in invoice.periods)
        left = [one for one in had if one != ref]
        unmark(period.detail_id, period.number)
        saved(invoice, "invoice.period_unlinked", by, {"periods": (", ".join(had), ", ".join(left))})
    return invoice


def move(from_account: Account, into: Account, by: Person) -> None:
    """Two accounts became one: the invoices go over, inside this `write()`."""
    db.session.flush()
    found = db.session.scalars(
        sa.select(Invoice)
        .where(Invoice.account_id == from_account.id)
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for invoice in found:
        invoice.account_id = into.id
        touch(invoice)
        record(invoice, "invoice.moved", by, {"account": (from_account.ref, into.ref)})
    db.session.flush()


customers.MOVES.append(move)
