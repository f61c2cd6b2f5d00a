"""Categories at the desk: what each says of itself in each language, and the hostname of its own."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, NAMES, _, current_locale
from app.directory import hostnames
from app.directory.defaults import SLUGS
from app.directory.desk import blueprint
from app.directory.forms.categories import CategoryTextForm, HostnameForm
from app.directory.queries import categories as queries
from app.directory.service import categories as service
from app.directory.told import timeline
from app.history.service import entries_of
from app.integrations.words import SELLS


@blueprint.get("/directory/categories")
@requires(P.DIRECTORY_MANAGE)
def categories() -> Response:
    changed = queries.rows()
    return render_page(
        "directory/desk_categories.html",
        categories=queries.shown(current_locale()).values(),
        own={code: queries.own_texts(changed.get(code)) for code in SLUGS},
        sells=SELLS,
    )


@blueprint.route("/directory/categories/<slug>", methods=["GET", "POST"])
@requires(P.DIRECTORY_MANAGE)
def category(slug: str) -> Response:
    """With its texts in one language; what is sent here is the hostname."""
    code = queries.code_of(slug)
    row = queries.rows().get(code)
    form = HostnameForm.of(row)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.set_hostname(code, form.seen, form.hostname.data, actor())
            if saved:
                flash(
                    _("The hostname was saved.")
                    if form.hostname.data
                    else _("The category has no hostname of its own."),
                    "done",
                )
                return redirect_see_other(url_for(".category", slug=slug))
        except Conflict as conflict:
            row = queries.rows().get(code)
            form.overtaken(conflict, row.version if row else 0)
    asked = request.args.get("text", current_locale())
    shown = asked if asked in LOCALES else "en"
    return render_page(
        "directory/desk_category.html",
        code=code,
        slug=slug,
        category=queries.shown(current_locale())[code],
        form=form,
        shown=shown,
        texts=queries.texts_in(code, row, shown),
        own=queries.own_texts(row),
        locales=LOCALES,
        names=NAMES,
        sells=SELLS,
        base_of=hostnames.base_of,
        history=timeline(entries_of(row, limit=20)) if row else [],
        status=form.status,
    )


@blueprint.route("/directory/categories/<slug>/texts/<locale>", methods=["GET", "POST"])
@requires(P.DIRECTORY_MANAGE)
def category_texts(slug: str, locale: str) -> Response:
    code = queries.code_of(slug)
    if locale not in LOCALES:
        raise NotFound
    form = CategoryTextForm.of(code, queries.rows().get(code), locale)
    preview = theirs = None
    if form.validate_on_submit():
        if request.form.get("do") == "preview":
            preview = form.to_details()
        else:
            try:
                with form.attempt() as saved:
                    service.write_texts(code, locale, form.base.data, form.to_details(), actor())
                if saved:
                    flash(_("The texts were saved."), "done")
                    return redirect_see_other(url_for(".category", slug=slug, text=locale))
            except Conflict as conflict:
                theirs = queries.texts_in(code, queries.rows().get(code), locale)
                form.base.data = service.digest(theirs)
                form.refused(conflict)
    return render_page(
        "directory/desk_category_texts.html",
        slug=slug,
        name=SELLS[code],
        locale=locale,
        form=form,
        preview=preview,
        theirs=theirs,
        status=form.status,
    )
