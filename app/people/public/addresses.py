"""The links that confirm a change of e-mail address, at either mailbox."""

from __future__ import annotations

from flask import Response, url_for

from app.access import links
from app.access.guard import public
from app.access.links import AccessLink, Entrance, Purpose
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l
from app.people import queries
from app.people.public import blueprint
from app.people.service import own


@blueprint.get("/address/<state>")
@public
def address_confirmed(state: str) -> Response:
    """After the button: "half" while the other mailbox is still to confirm, "changed" when both have."""
    if state not in ("half", "changed"):
        raise NotFound
    return render_page("people/address_confirmed.html", changed=state == "changed")


def _about(link: AccessLink) -> tuple[object, object, object]:
    change = queries.email_change(link.subject_id)
    return (
        _("Change of e-mail address"),
        _("From now on, signing in and mails should use %(email)s.", email=change.new_email),
        _("Confirm the change"),
    )


def _enter(link: AccessLink, secret: str) -> Response:
    change = own.confirm_email(link)
    both = change.old_confirmed_at is not None and change.new_confirmed_at is not None
    return redirect_see_other(url_for("people_public.address_confirmed", state="changed" if both else "half"))


def _again(link: AccessLink) -> tuple[object, str, object]:
    return _l("You see on your profile page whether the change waits or is made."), "/profile", _l("Go to your profile")


for _purpose in (Purpose.EMAIL_CHANGE_OLD, Purpose.EMAIL_CHANGE_NEW):
    links.ENTRANCES[_purpose] = Entrance(about=_about, enter=_enter, what_next=_again)
