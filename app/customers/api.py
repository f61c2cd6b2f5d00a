"""Accounts for programs: read and edit."""

from __future__ import annotations

from flask import Response

from app.access.guard import actor, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.core.api import ChangesForm, Door, asked, changes_page, edited, listing, seen, shown
from app.core.forms import ChoiceField, Optional, TextField
from app.core.i18n import _l
from app.customers import queries, service
from app.customers.forms import AccountForm
from app.customers.models import COMPANY_FIELDS, Account, AccountState
from app.customers.queries import Filter
from app.customers.shapes import AccountShape
from app.outbox.webhooks.events import ENDPOINTS

blueprint = Door("customers", __name__, "Companies that are customers.")
ENDPOINTS["account"] = "customers_api.account"


class AccountFilter(ChangesForm):
    state = ChoiceField(_l("In this state only"), [Optional()], choices=[(state, state) for state in AccountState])
    reseller = TextField(
        _l("Credited to the reseller with this reference only; `none` for those credited to nobody"),
        [Optional()],
        limit=20,
    )
    q = TextField(_l("Words to look for: company, numbers, contact person, reference"), [Optional()], limit=200)


@blueprint.operation("GET", "/accounts", gives=AccountShape, lists=True, asks=AccountFilter)
@requires(P.API_ACCOUNTS_READ)
@scope(Scope.ACCOUNTS_READ)
def accounts() -> Response:
    """List accounts.

    The one that changed longest ago comes first. A reseller's token shows the live accounts credited to the reseller.
    """
    by = asked(AccountFilter)
    wanted = Filter(q=by.q.data, reseller=by.reseller.data, state=by.state.data)
    query = queries.narrowed(queries.with_parts(queries.visible_to(actor())), wanted)
    return listing(AccountShape, changes_page(query, by, Account.updated_at, Account.id))


@blueprint.operation("GET", "/accounts/<ref>", gives=AccountShape)
@requires(P.API_ACCOUNTS_READ)
@scope(Scope.ACCOUNTS_READ)
def account(ref: str) -> Response:
    """Read an account."""
    return shown(AccountShape, queries.whole(queries.visible_to(actor()), ref))


@blueprint.operation("PATCH", "/accounts/<ref>", gives=AccountShape, takes=AccountForm, edits=True)
@requires(P.ACCOUNTS_EDIT)
@scope(Scope.ACCOUNTS_WRITE)
def edit(ref: str) -> Response:
    """Edit an account.

    What is left out stays as it is. Resellers ask for changes in their panel.
    """
    found = queries.whole(queries.visible_to(actor()), ref)
    if not found.is_live:
        raise service.AccountClosed
    version = seen(found)
    form = edited(lambda: AccountForm(data={field: getattr(found, field) for field in COMPANY_FIELDS}))
    service.edit(found.id, version, form.to_details(), actor())
    return shown(AccountShape, queries.whole(queries.visible_to(actor()), ref))
