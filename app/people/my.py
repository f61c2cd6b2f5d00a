"""Doors to one's own profile: details, language, password, address, authenticator app, sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

import segno
from flask import Blueprint, Response, flash, request, session, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.core.crypto import KeyMissing, decrypt, encrypt
from app.core.errors import DomainError, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, _, forget_choice
from app.core.limits import limiter
from app.core.paths import own_path
from app.people import landing, queries, sessions
from app.people.forms import CodeForm, NewAddressForm, NewPasswordForm, ProfileForm, ProofForm
from app.people.service import entering, own, secrets
from app.people.tries import TooManyTries
from app.settings import processes
from app.settings.processes import Process

blueprint = Blueprint("people_my", __name__)


def proved(view: Callable[[], Response]) -> Callable[[], Response]:
    """The view changes the sign-in itself: whoever came in a while ago shows first who they are."""

    @wraps(view)
    def ask() -> Response:
        if not sessions.is_fresh():
            here = request.full_path.rstrip("?") if request.method == "GET" else url_for("people_my.profile")
            return redirect_see_other(url_for("people_my.proof", next=here))
        return view()

    return ask


@blueprint.get("/home")
@requires(P.OWN_PROFILE)
def home() -> Response:
    """For somebody who is neither staff nor a reseller's member: what can be done here."""
    person = actor()
    wanted = landing.home_of(person)
    if wanted != request.path:
        return redirect_see_other(wanted)
    return render_page("people/home.html", places=person.places)


@blueprint.get("/profile")
@requires(P.OWN_PROFILE)
def profile() -> Response:
    person = actor()
    return render_page(
        "people/profile.html",
        codes_left=queries.recovery_codes_left(person) if person.has_totp else 0,
        change=queries.open_email_change(person),
        since=datetime.fromtimestamp(session.get("since", 0), UTC),
        digests=[held for held in person.places if held.organisation.kind == OrganisationKind.RESELLER]
        if processes.is_on(Process.RESELLERS)
        else [],
        may_remove=not (person.is_administrator and landing.needs_totp()),
    )


@blueprint.route("/profile/details", methods=["GET", "POST"])
@requires(P.OWN_PROFILE)
def details() -> Response:
    form = ProfileForm(obj=actor())
    if form.validate_on_submit():
        own.save_profile(actor(), form.to_details())
        flash(str(_("Your details are saved.")), "done")
        return forget_choice(redirect_see_other(url_for("people_my.profile")))
    return render_page("people/details.html", form=form, status=422 if form.problems else 200)


@blueprint.post("/profile/language")
@requires(P.OWN_PROFILE)
def language() -> Response:
    """Keeps the language of the page as the person's own."""
    locale = request.form.get("locale", "")
    if locale in LOCALES:
        own.keep_language(actor(), locale)
        flash(str(_("This is now your language, here and in mails.")), "done")
    wanted = own_path(request.form.get("next")) or url_for("people_my.profile")
    return forget_choice(redirect_see_other(wanted))


@blueprint.post("/profile/digest")
@requires(P.OWN_PROFILE)
def digest() -> Response:
    """Switches the monthly digest of one organisation on or off."""
    place = next((held for held in actor().places if held.organisation.ref == request.form.get("organisation")), None)
    if place is None:
        raise NotFound
    on = request.form.get("on") == "yes"
    own.switch_digest(place, on, actor())
    flash(str(_("You get the monthly digest again.") if on else _("You get no monthly digest any more.")), "done")
    return redirect_see_other(url_for("people_my.profile", _anchor="digest"))


@blueprint.route("/profile/proof", methods=["GET", "POST"])
@requires(P.OWN_PROFILE)
@limiter.limit("30 per minute", methods=["POST"])
def proof() -> Response:
    """Shows once more who one is: with what one signs in with."""
    person = actor()
    next = own_path(request.args.get("next")) or url_for("people_my.profile")
    form = ProofForm()
    if not person.password_hash:
        del form.password
    if not person.has_totp:
        del form.code
    by_mail = not person.password_hash and not person.has_totp
    if form.validate_on_submit():
        if by_mail:
            entering.ask_for_link(person.email, next)
            return redirect_see_other(url_for("people_public.link_sent"))
        password = form.password.data if person.password_hash else ""
        code = form.code.data if person.has_totp else ""
        try:
            entering.prove(person, password, code, request.remote_addr)
        except TooManyTries:
            raise
        except DomainError as error:
            form.fail(error)
        else:
            sessions.prove()
            return redirect_see_other(next)
    return render_page("people/proof.html", form=form, by_mail=by_mail, status=422 if form.problems else 200)


@blueprint.route("/profile/password", methods=["GET", "POST"])
@requires(P.OWN_PROFILE)
@proved
def password() -> Response:
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            person = secrets.change_password(actor(), form.password.data)
        except DomainError as error:
            form.fail(error)
        else:
            sessions.renew(person)
            flash(str(_("Your new password is set. Other browsers are signed out.")), "done")
            return redirect_see_other(url_for("people_my.profile"))
    return render_page("people/password.html", form=form, status=422 if form.problems else 200)


@blueprint.route("/profile/email", methods=["GET", "POST"])
@requires(P.OWN_PROFILE)
@proved
def email() -> Response:
    form = NewAddressForm()
    if form.validate_on_submit():
        try:
            own.wish_email(actor(), form.email.data)
        except TooManyTries:
            raise
        except DomainError as error:
            form.fail(error)
        else:
            flash(str(_("We sent a mail to both addresses. The change is made once both have confirmed.")), "done")
            return redirect_see_other(url_for("people_my.profile"))
    return render_page("people/email.html", form=form, status=422 if form.problems else 200)


@blueprint.post("/profile/email/withdrawal")
@requires(P.OWN_PROFILE)
def email_withdrawal() -> Response:
    own.withdraw_email_wish(actor())
    flash(str(_("Your address stays as it is.")), "done")
    return redirect_see_other(url_for("people_my.profile"))


@blueprint.route("/profile/authenticator", methods=["GET", "POST"])
@requires(P.OWN_PROFILE)
@proved
@limiter.limit("30 per minute", methods=["POST"])
def authenticator() -> Response:
    """Sets an authenticator app up, or another one in its place. The secret waits, encrypted, in the session: nothing
    is kept before the app has shown a right code."""
    person = actor()
    secret = _read(session.get("totp")) or secrets.new_totp_secret()
    if "totp" not in session:
        session["totp"] = encrypt(secret)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            codes = secrets.set_up_totp(person, secret, form.code.data)
        except TooManyTries:
            raise
        except DomainError as error:
            form.fail(error)
        else:
            session.pop("totp")
            return _show_codes(codes)
    address = secrets.totp_address(person, secret)
    return render_page(
        "people/authenticator.html",
        form=form,
        secret=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        address=address,
        qr_image=segno.make(address, micro=False, error="m").svg_data_uri(scale=4, border=4, light="#fff"),
        must=person.is_administrator and landing.needs_totp() and not person.has_totp,
        later=own_path(request.args.get("next")) or url_for("people_my.profile"),
        status=422 if form.problems else 200,
    )


@blueprint.route("/profile/authenticator/removal", methods=["GET", "POST"])
@requires(P.OWN_PROFILE)
@proved
def authenticator_removal() -> Response:
    if request.method != "POST":
        return render_page("people/authenticator_removal.html")
    secrets.remove_totp(actor(), required=landing.needs_totp())
    flash(str(_("The authenticator app is removed. You sign in without a code.")), "done")
    return redirect_see_other(url_for("people_my.profile"))


@blueprint.route("/profile/recovery-codes", methods=["GET", "POST"])
@requires(P.OWN_PROFILE)
@proved
def recovery_codes() -> Response:
    """GET shows new codes until they are kept, or offers to make some; POST makes them."""
    if request.method == "POST":
        return _show_codes(secrets.renew_codes(actor()))
    codes = _read(session.get("codes"))
    return render_page(
        "people/recovery_codes.html",
        codes=codes.split("\n") if codes else [],
        left=queries.recovery_codes_left(actor()),
        next=own_path(request.args.get("next")) or "",
    )


@blueprint.post("/profile/recovery-codes/kept")
@requires(P.OWN_PROFILE)
def recovery_codes_kept() -> Response:
    """From here on the codes can be read nowhere."""
    session.pop("codes", None)
    flash(str(_("Keep the codes where you find them without this device.")), "done")
    return redirect_see_other(own_path(request.form.get("next")) or url_for("people_my.profile"))


@blueprint.post("/profile/sessions/end")
@requires(P.OWN_PROFILE)
def sign_out_everywhere() -> Response:
    own.sign_out_everywhere(actor())
    sessions.end()
    flash(str(_("You are signed out everywhere.")), "done")
    return redirect_see_other(url_for("people_public.sign_in"))


@blueprint.post("/profile/organisation")
@requires(P.OWN_PROFILE)
def organisation() -> Response:
    """Works for another of one's organisations from now on."""
    person = actor()
    wanted = request.form.get("organisation", "")
    chosen = next((held for held in person.places if held.organisation.ref == wanted), None)
    if chosen is not None:
        session["organisation"] = chosen.organisation_id
        flash(str(_("You now work for %(name)s.", name=chosen.organisation.name)), "done")
    return redirect_see_other(landing.home_of(person) if not person.is_staff else url_for("people_my.profile"))


def _show_codes(codes: list[str]) -> Response:
    """Shows them on a page of their own, from which one goes on to where one wanted to go."""
    session["codes"] = encrypt("\n".join(codes))
    return redirect_see_other(url_for("people_my.recovery_codes", next=own_path(request.args.get("next"))))


def _read(kept: object) -> str | None:
    """What this session holds encrypted; None when there is nothing, or the keys have changed."""
    if not isinstance(kept, str):
        return None
    try:
        return decrypt(kept)
    except KeyMissing:
        return None
