"""The products of a software partner in its panel: the list, a new one, one with its integrations, its details."""

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
from app.core.tables import table_response
from app.integrations import parts, words
from app.integrations.forms.products import ProductForm
from app.integrations.models import Product
from app.integrations.panel import blueprint
from app.integrations.queries import products as queries
from app.integrations.queries.partners import partner_of
from app.integrations.service import products as service


@blueprint.get("/products")
@requires(P.SOFTWARE_PANEL)
def products() -> Response:
    found = queries.of_partner(partner_of(actor()))
    return render_page("integrations/panel_products.html", products=found, words=words)


@blueprint.get("/products/products.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PANEL)
def products_file(format: str) -> Response:
    """One line an integration; a product without any has a line of its own."""
    header = [_("Reference"), _("Product"), _("What it is"), _("Website"), _("Archived on"), _("Package"), _("State")]
    return table_response(format, _("products"), header, _lines(queries.of_partner(partner_of(actor()))))


def _lines(products: list[Product]) -> Iterator[list[Any]]:
    for product in products:
        sells = ", ".join(words.said(product.sells, words.SELLS))
        own = [product.ref, product.name, sells, product.website or "", product.archived_at]
        yield from ([*own, each.package.name, words.STAGES[each.stage]] for each in product.integrations)
        if not product.integrations:
            yield [*own, "", ""]


@blueprint.route("/products/new", methods=["GET", "POST"])
@requires(P.SOFTWARE_PANEL)
def new_product() -> Response:
    partner = partner_of(actor())
    form = ProductForm(data={"language": current_locale()})
    if form.validate_on_submit():
        with form.attempt() as saved:
            made = service.add(partner.id, form.to_details(), actor())
        if saved:
            flash(_("The product was added."), "done")
            return redirect_see_other(url_for(".product", ref=made.ref))
    return render_page("integrations/panel_product_form.html", form=form, product=None, status=form.status)


@blueprint.get("/products/<ref>")
@requires(P.SOFTWARE_PANEL)
def product(ref: str) -> Response:
    return _page(queries.own_product(partner_of(actor()), ref))


def _page(found: Product, refused: Conflict | None = None) -> Response:
    return render_page(
        "integrations/panel_product.html",
        product=found,
        words=words,
        made=parts.of_product(found, desk=False),
        refused=refused.message if refused else "",
        status=refused.status if refused else 200,
    )


@blueprint.route("/products/<ref>/edit", methods=["GET", "POST"])
@requires(P.SOFTWARE_PANEL)
def edit_product(ref: str) -> Response:
    found = queries.own_product(partner_of(actor()), ref)
    form = ProductForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The product was saved."), "done")
                return redirect_see_other(url_for(".product", ref=ref))
        except Conflict as conflict:
            found = queries.own_product(partner_of(actor()), ref)
            form.overtaken(conflict, found.version)
    return render_page("integrations/panel_product_form.html", form=form, product=found, status=form.status)


@blueprint.route("/products/<ref>/archive", methods=["GET", "POST"])
@requires(P.SOFTWARE_PANEL)
def archive_product(ref: str) -> Response:
    found = queries.own_product(partner_of(actor()), ref)
    if request.method == "GET":
        if found.archived_at is not None:
            return redirect_see_other(url_for(".product", ref=ref))
        return render_page("integrations/panel_product_archive.html", product=found, out=service.is_out(found.id))
    try:
        service.archive(found.id, number_in(request.form.get("version"), -1), actor(), staff=False)
    except Conflict as refused:
        return _page(queries.own_product(partner_of(actor()), ref), refused)
    message: Any = {"text": str(_("The product was archived.")), "undo_url": url_for(".restore_product", ref=ref)}
    flash(message, "done")
    return redirect_see_other(url_for(".products"))


@blueprint.post("/products/<ref>/restoration")
@requires(P.SOFTWARE_PANEL)
def restore_product(ref: str) -> Response:
    service.restore(queries.own_product(partner_of(actor()), ref).id, actor())
    flash(_("The product is out of the archive."), "done")
    return redirect_see_other(url_for(".product", ref=ref))
