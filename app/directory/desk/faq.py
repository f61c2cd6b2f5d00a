"""Frequently asked questions at the desk, of categories and of integrations."""

from __future__ import annotations

from collections.abc import Iterator

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, _, current_locale
from app.core.paging import everything_of, page_of
from app.core.tables import table_response
from app.directory.defaults import SLUGS
from app.directory.desk import blueprint
from app.directory.forms.faq import FaqForm
from app.directory.models import Faq
from app.directory.queries import categories
from app.directory.queries import faq as queries
from app.directory.service import faq as service
from app.directory.told import timeline
from app.history.service import entries_of
from app.integrations.models import Integration
from app.integrations.words import SELLS


@blueprint.get("/directory/questions")
@requires(P.DIRECTORY_MANAGE)
def questions() -> Response:
    q = request.args.get("q", "")[:200]
    return render_page(
        "directory/desk_questions.html",
        fragment="directory/_desk_question_rows.html",
        of_categories=queries.of_categories(),
        page=page_of(
            queries.of_integrations(q),
            Integration.name_sort,
            Faq.position,
            Faq.id,
            descending=False,
            cursor=request.args.get("cursor"),
        ),
        q=q,
        slugs=SLUGS,
        sells=SELLS,
        said_in=lambda faq: queries.said_in(faq.texts, current_locale()),
    )


@blueprint.get("/directory/questions/questions.<any(csv, xlsx):format>")
@requires(P.DIRECTORY_MANAGE)
def questions_file(format: str) -> Response:
    """A row for each language of a question: those of the categories, then those of the integrations searched for."""
    header = [
        _("Reference"),
        _("Category"),
        _("Product"),
        _("Package"),
        _("Language"),
        _("Question"),
        _("Answer"),
    ]
    return table_response(format, _("questions"), header, _rows(request.args.get("q", "")[:200]))


def _rows(q: str) -> Iterator[list[str]]:
    for of_category in queries.of_categories().values():
        for faq in of_category:
            yield from _columns(faq, [str(SELLS[str(faq.category)]), "", ""])
    found = everything_of(queries.of_integrations(q), Integration.name_sort, Faq.position, Faq.id, descending=False)
    for faq, _sorted in found:
        assert faq.integration is not None
        yield from _columns(faq, ["", faq.integration.product.name, faq.integration.package.name])


def _columns(faq: Faq, whose: list[str]) -> Iterator[list[str]]:
    for locale in LOCALES:
        if said := faq.texts.get(locale):
            yield [faq.ref, *whose, locale, said["question"], said["answer"]]


@blueprint.route("/directory/questions/new", methods=["GET", "POST"])
@requires(P.DIRECTORY_MANAGE)
def new_question() -> Response:
    """Of the category or of the integration that the address names."""
    slug = request.args.get("category")
    code = categories.code_of(slug) if slug else None
    integration = None if code else queries.integration(request.args.get("integration", ""))
    form = FaqForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.add(
                form.to_details(), actor(), integration_id=integration.id if integration else None, category=code
            )
        if saved:
            flash(_("The question was added."), "done")
            return redirect_see_other(url_for(".questions"))
    return render_page(
        "directory/desk_question.html",
        faq=None,
        about=_about(integration, code),
        form=form,
        history=[],
        status=form.status,
    )


def _about(integration: Integration | None, code: str | None) -> str:
    if integration is not None:
        return _("%(product)s with %(package)s", product=integration.product.name, package=integration.package.name)
    return str(SELLS[str(code)])


@blueprint.route("/directory/questions/<ref>", methods=["GET", "POST"])
@requires(P.DIRECTORY_MANAGE)
def question(ref: str) -> Response:
    found = queries.one(ref)
    form = FaqForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The question was saved."), "done")
                return redirect_see_other(url_for(".questions"))
        except Conflict as conflict:
            found = queries.one(ref)
            form.overtaken(conflict, found.version)
    return render_page(
        "directory/desk_question.html",
        faq=found,
        about=_about(found.integration, found.category),
        form=form,
        history=timeline(entries_of(found, limit=20)),
        status=form.status,
    )


@blueprint.post("/directory/questions/<ref>/position")
@requires(P.DIRECTORY_MANAGE)
def question_position(ref: str) -> Response:
    service.move(queries.one(ref).id, up=request.form.get("to") == "up", by=actor())
    return redirect_see_other(url_for(".questions"))


@blueprint.route("/directory/questions/<ref>/removal", methods=["GET", "POST"])
@requires(P.DIRECTORY_MANAGE)
def remove_question(ref: str) -> Response:
    found = queries.one(ref)
    if request.method == "POST":
        service.remove(found.id, actor())
        flash(_("The question was removed."), "done")
        return redirect_see_other(url_for(".questions"))
    return render_page(
        "directory/desk_question_removal.html",
        faq=found,
        about=_about(found.integration, found.category),
        said=queries.said_in(found.texts, current_locale()),
    )
