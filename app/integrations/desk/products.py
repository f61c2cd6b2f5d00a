"""Products of software partners at the desk: all of them, one with its integrations, and those of a partner's page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, current_locale
from app.core.paging import capped_count, everything_of, page_of
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations import parts, words
from app.integrations.desk import blueprint
from app.integrations.forms.products import ProductForm
from app.integrations.models import Product, SoftwarePartner
from app.integrations.parts import Made
from app.integrations.queries import partners
from app.integrations.queries import products as queries
from app.integrations.queries.products import Shelf
from app.integrations.service import products as service
from app.integrations.told import timeline


@blueprint.get("/products")
@requires(P.SOFTWARE_PARTNERS_READ)
def products() -> Response:
    shelf, q = _asked()
    query = queries.everywhere(shelf, q)
    return render_page(
        "integrations/desk_products.html",
        fragment="integrations/_desk_product_rows.html",
        page=page_of(query, Product.name_sort, Product.id, descending=False, cursor=request.args.get("cursor")),
        count=capped_count(query.with_only_columns(Product.id)),
        shelf=shelf,
        Shelf=Shelf,
        q=q,
        words=words,
    )


@blueprint.get("/products/products.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PARTNERS_READ)
def products_file(format: str) -> Response:
    """One line an integration; a product without any has a line of its own."""
    header = [
        _("Reference"),
        _("Product"),
        _("Software partner"),
        _("What it is"),
        _("Website"),
        _("Languages"),
        _("Added on"),
        _("Archived on"),
        _("Package"),
        _("State"),
        _("What is passed on"),
    ]
    rows = everything_of(queries.everywhere(*_asked()), Product.name_sort, Product.id, descending=False)
    return table_response(format, _("products"), header, _lines(rows))


def _lines(rows: Iterator[Product]) -> Iterator[list[Any]]:
    for product in rows:
        own = [
            product.ref,
            product.name,
            product.partner.organisation.name,
            ", ".join(words.said(product.sells, words.SELLS)),
            product.website or "",
            ", ".join(words.languages(product.languages)),
            product.created_at,
            product.archived_at,
        ]
        for each in product.integrations:
            yield [
                *own,
                each.package.name,
                words.STAGES[each.stage],
                ", ".join(words.said(each.passes, words.PASSED_ON)),
            ]
        if not product.integrations:
            yield [*own, "", "", ""]


def _asked() -> tuple[Shelf, str]:
    wish = request.args.get("tab", "")
    return Shelf(wish) if wish in set(Shelf) else Shelf.CURRENT, request.args.get("q", "")[:200]


@blueprint.get("/products/<ref>")
@requires(P.SOFTWARE_PARTNERS_READ)
def product(ref: str) -> Response:
    return _page(queries.product(ref))


def _page(found: Product, refused: Conflict | None = None) -> Response:
    return render_page(
        "integrations/desk_product.html",
        product=found,
        words=words,
        made=parts.of_product(found, desk=True),
        history=timeline(entries_of(found)),
        refused=refused.message if refused else "",
        status=refused.status if refused else 200,
    )


@blueprint.route("/software-partners/<ref>/products/new", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def new_product(ref: str) -> Response:
    partner = partners.by_ref(ref)
    form = ProductForm(data={"language": partner.locale or current_locale()})
    if form.validate_on_submit():
        with form.attempt() as saved:
            made = service.add(partner.id, form.to_details(), actor())
        if saved:
            flash(_("The product was added."), "done")
            return redirect_see_other(url_for(".product", ref=made.ref))
    return render_page(
        "integrations/desk_product_form.html", form=form, product=None, partner=partner, status=form.status
    )


@blueprint.route("/products/<ref>/edit", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def edit_product(ref: str) -> Response:
    found = queries.product(ref)
    form = ProductForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The product was saved."), "done")
                return redirect_see_other(url_for(".product", ref=ref))
        except Conflict as conflict:
            found = queries.product(ref)
            form.overtaken(conflict, found.version)
    return render_page(
        "integrations/desk_product_form.html", form=form, product=found, partner=found.partner, status=form.status
    )


@blueprint.route("/products/<ref>/archive", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def archive_product(ref: str) -> Response:
    found = queries.product(ref)
    if request.method == "GET":
        if found.archived_at is not None:
            return redirect_see_other(url_for(".product", ref=ref))
        return render_page("integrations/desk_product_archive.html", product=found, out=service.is_out(found.id))
    try:
        service.archive(found.id, number_in(request.form.get("version"), -1), actor(), staff=True)
    except Conflict as refused:
        return _page(queries.product(ref), refused)
    message: Any = {"text": str(_("The product was archived.")), "undo_url": url_for(".restore_product", ref=ref)}
    flash(message, "done")
    return redirect_see_other(url_for(".product", ref=ref))


@blueprint.post("/products/<ref>/restoration")
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def restore_product(ref: str) -> Response:
    service.restore(queries.product(ref).id, actor())
    flash(_("The product is out of the archive."), "done")
    return redirect_see_other(url_for(".product", ref=ref))


def _of_partner(partner: SoftwarePartner) -> Made:
    """In three queries."""
    return "integrations/desk_partner_products.html", {
        "partner": partner,
        "products": queries.of_partner(partner),
        "words": words,
    }


parts.PARTNER_AT_DESK.append(_of_partner)
