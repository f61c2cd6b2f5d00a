"""What a software partner supplies for its manuals: the list of sections, a page for each, the preview, handing in.

A section's form works as any form. With htmx it also sends itself while one types; the answer is a line that says when
it was saved, and what others wrote meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, request, url_for
from flask.wrappers import Response
from flask_wtf.csrf import generate_csrf

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict, NotFound
from app.core.files import FileRefused
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.core.i18n import LOCALES, NAMES, _, current_locale, format_time
from app.core.markdown import Image
from app.integrations import words
from app.integrations.models import Package, Product
from app.integrations.queries import products
from app.integrations.queries.partners import partner_of
from app.manuals import previewing, sections, told_intake
from app.manuals.editing import Move
from app.manuals.forms.sections import FORMS, LanguagesForm, SectionForm
from app.manuals.models import Intake, Section, SectionCode
from app.manuals.panel import blueprint
from app.manuals.pictures import receive_picture
from app.manuals.queries import intakes as queries
from app.manuals.sections import SHAPES, Address
from app.manuals.service import supplying as service
from app.manuals.service.supplying import Beside, Saved
from app.people.queries import names_of

_CODES = "any(product, categories, key, packages, limits, support, faq)"
_LOCALES = f"any({', '.join(LOCALES)})"
_SECTION = f"/products/<ref>/manual/<{_CODES}:code>"


def _product(ref: str) -> Product:
    return products.own_product(partner_of(actor()), ref)


# --- the list ---------------------------------------------------------------------------------------------------------


@blueprint.get("/products/<ref>/manual")
@requires(P.SOFTWARE_PANEL)
def intake(ref: str) -> Response:
    return _list(_product(ref))


@blueprint.post("/products/<ref>/manual/hand-in")
@requires(P.SOFTWARE_PANEL)
def hand_in(ref: str) -> Response:
    product = _product(ref)
    try:
        service.hand_in(product.id, actor())
    except (service.NotComplete, service.NothingToHandIn, service.Archived) as refusal:
        return _list(product, str(refusal.message), refusal.status)
    flash(_("Thank you. Everything that is complete was handed in, and we look at it."), "done")
    return redirect_see_other(url_for(".intake", ref=ref))


@blueprint.post("/products/<ref>/manual/languages")
@requires(P.SOFTWARE_PANEL)
def languages(ref: str) -> Response:
    product = _product(ref)
    form = LanguagesForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                known, chosen = form.to_details()
                service.set_languages(product.id, chosen, actor(), known=known)
            if saved:
                flash(_("The languages were saved."), "done")
                return redirect_see_other(url_for(".intake", ref=ref))
        except Conflict as refusal:
            form.known.data = " ".join(_product(ref).languages)
            form.refused(refusal)
    return _list(product, form=form)


def _list(product: Product, refused: str = "", status: int = 0, form: LanguagesForm | None = None) -> Response:
    held = queries.of_product(product.id)
    overview = queries.overview(product.languages, held)
    form = form or LanguagesForm.of(product.languages)
    return render_page(
        "manuals/panel_intake.html",
        product=product,
        overview=overview,
        names=names_of([line.section.returned_by_id for line in overview.returned if line.section is not None]),
        form=form,
        refused=refused,
        NAMES=NAMES,
        status=status or form.status,
    )


@blueprint.get("/products/<ref>/manual/preview")
@requires(P.SOFTWARE_PANEL)
def preview(ref: str) -> Response:
    """The manual as it would be now, for one of the packages and in one of the languages."""
    product = _product(ref)
    held = queries.of_product(product.id)
    passes = queries.content_of(held, SectionCode.PACKAGES)["passes"]
    packages = [package for package in queries.packages_for(passes) if package.ref in passes]
    wanted = request.args.get("package", "")
    package = next((each for each in packages if each.ref == wanted), packages[0] if packages else None)
    locale = request.args.get("language", "")
    if locale not in product.languages:
        locale = current_locale() if current_locale() in product.languages else product.languages[0]
    return render_page(
        "manuals/panel_preview.html",
        product=product,
        packages=packages,
        package=package,
        preview=previewing.of(product, held, package, locale),
        NAMES=NAMES,
    )


# --- a section --------------------------------------------------------------------------------------------------------


@blueprint.get(_SECTION, defaults={"locale": ""})
@blueprint.get(f"{_SECTION}/<{_LOCALES}:locale>")
@requires(P.SOFTWARE_PANEL)
def section(ref: str, code: str, locale: str) -> Response:
    product = _product(ref)
    if not sections.exists(code, locale, product.languages):
        raise NotFound
    return _page(product, (SectionCode(code), locale))


@blueprint.post(_SECTION, defaults={"locale": ""})
@blueprint.post(f"{_SECTION}/<{_LOCALES}:locale>")
@requires(P.SOFTWARE_PANEL)
def save(ref: str, code: str, locale: str) -> Response:
    product = _product(ref)
    if SHAPES[SectionCode(code)].by_language != bool(locale):
        raise NotFound
    address = (SectionCode(code), locale)
    form = FORMS[address[0]].sent(_packages(queries.of_product(product.id), code))
    if wants_fragment():
        return _saved_by_itself(product, address, form)
    said = request.form.get("do", "")
    kept: Saved | None = None
    if form.validate():
        content, fine = _with_pictures(form, product)
        try:
            with form.attempt() as went:
                back, kept = _keep(product, address, form, content, Move.read(code, said))
            if went and fine and not kept.clashes:
                return _onwards(product, address, said, back, kept)
        except Conflict as conflict:
            form.refused(conflict)
    return _page(product, address, form=form, saved=kept)


def _keep(
    product: Product, address: Address, form: SectionForm, content: Mapping[str, Any], move: Move | None
) -> tuple[int, Saved]:
    """The saving, and the version before a step was removed, so that it can be brought back."""
    seen, window, back = form.seen, form.window.data, 0
    if move is not None and move.verb == "remove":
        seen = back = service.save(product.id, address, content, seen=seen, window=window, by=actor()).version
    return back, service.save(product.id, address, content, seen=seen, window=window, by=actor(), move=move)


def _onwards(product: Product, address: Address, said: str, back: int, saved: Saved) -> Response:
    """Where a saving leads: the same section, the step that was touched, or the next section."""
    move = Move.read(address[0], said)
    if said == "next":
        flash(_("Saved at %(time)s.", time=format_time(saved.at)), "done")
        return redirect_see_other(_next(product, address))
    if move is None:
        flash(_("Saved at %(time)s.", time=format_time(saved.at)), "done")
    elif move.verb == "remove" and back:
        fields = {"version": saved.version, "back": back}
        undo: Any = {
            "text": _("It was removed."),
            "undo_url": _url(".restore", product, address),
            "undo_fields": fields,
        }
        flash(undo, "done")
    anchor = f"{move.list_}-{saved.at_item}" if move is not None and saved.at_item else None
    return redirect_see_other(_url(".section", product, address, _anchor=anchor))


def _next(product: Product, address: Address) -> str:
    """The next section on which the partner can work; after the last one the list."""
    overview = queries.overview(product.languages, queries.of_product(product.id))
    addresses = [line.address for line in overview.lines]
    place = addresses.index(address) if address in addresses else len(addresses)
    following = next((line for line in overview.lines[place + 1 :] if line.is_open), None)
    return _url(".section", product, following.address) if following else url_for(".intake", ref=product.ref)


def _url(endpoint: str, product: Product, address: Address, **values: Any) -> str:
    code, locale = address
    return url_for(endpoint, ref=product.ref, code=str(code), locale=locale, **values)


def _with_pictures(form: SectionForm, product: Product) -> tuple[dict[str, Any], bool]:
    """What stands in the fields, with the pictures that came along; and whether all of them could be taken. One that
    could not is said beside its field, and all words are saved nevertheless."""
    content, fine = form.content(), True
    for field, path in form.files():
        try:
            picture = receive_picture(field.data, product, actor())
        except FileRefused as refused:
            form.refuse(field, refused)
            fine = False
            continue
        _put(content, path, picture.ref)
    return content, fine


def _put(content: dict[str, Any], path: tuple[str, ...], ref: str) -> None:
    if len(path) == 1:
        content[path[0]] = ref
        return
    for item in content[path[0]]:
        if item["id"] == path[1]:
            item[path[2]] = ref


def _saved_by_itself(product: Product, address: Address, form: SectionForm) -> Response:
    """The answer to what htmx sends while one types: a line, with what else changed on the page beside it."""
    saved: Saved | None = None
    status, problems = 200, []
    if form.validate():
        try:
            with form.attempt():
                _back, saved = _keep(product, address, form, form.content(), None)
        except Conflict as conflict:
            status, problems = 409, [conflict.message]
    if saved is None and not problems:
        status, problems = form.status, [problem.message for problem in form.problems]
    content = saved.content if saved is not None else form.content()
    return render_page(
        "manuals/_saved.html",
        itself=True,
        saved=saved,
        problems=problems,
        product=product,
        shape=SHAPES[address[0]],
        token=generate_csrf(),
        stale=bool(g.get("stale_form")),
        status=status,
        **_beside(
            product,
            address,
            form,
            saved,
            queries.of_product(product.id),
            previewing.images_in(product, {address: content}),
        ),
    )


@blueprint.post(f"{_SECTION}/<{_LOCALES}:locale>/copy")
@requires(P.SOFTWARE_PANEL)
def copy(ref: str, code: str, locale: str) -> Response:
    """Fills an empty section with another language's, to be translated."""
    product = _product(ref)
    address = (SectionCode(code), locale)
    source = request.form.get("from", "")
    if source not in LOCALES or not sections.exists(code, locale, product.languages):
        raise NotFound
    try:
        service.copy(product.id, address, source, actor())
    except Conflict as conflict:
        flash(str(conflict.message), "warning")
    else:
        flash(_("Copied. Now translate it."), "done")
    return redirect_see_other(_url(".section", product, address))


@blueprint.post(f"{_SECTION}/restore", defaults={"locale": ""})
@blueprint.post(f"{_SECTION}/<{_LOCALES}:locale>/restore")
@requires(P.SOFTWARE_PANEL)
def restore(ref: str, code: str, locale: str) -> Response:
    """Brings back what was removed."""
    product = _product(ref)
    address = (SectionCode(code), locale)
    back, version = number_in(request.form.get("back", ""), -1), number_in(request.form.get("version", ""), -1)
    if not sections.exists(code, locale, product.languages):
        raise NotFound
    try:
        restored = service.restore(product.id, address, back, seen=version, by=actor())
    except Conflict as conflict:
        flash(str(conflict.message), "warning")
    else:
        if restored is None:
            flash(_("It is not kept any more, so it could not be brought back."), "warning")
        else:
            flash(_("It is back."), "done")
    return redirect_see_other(_url(".section", product, address))


# --- what a section's page shows --------------------------------------------------------------------------------------


def _packages(held: Intake | None, code: str) -> list[Package]:
    if code != SectionCode.PACKAGES:
        return []
    return queries.packages_for(queries.content_of(held, code)["passes"])


def _page(product: Product, address: Address, form: SectionForm | None = None, saved: Saved | None = None) -> Response:
    """`form`: as it was sent, when something in it could not be taken. `saved`: what it became all the same."""
    code, locale = address
    held = queries.of_product(product.id)
    row = queries.section_of(held, code, locale)
    content = sections.shaped(code, row.content) if row is not None else service.initial(code, product.sells)
    status = form.status if form is not None else 200
    errors = form
    packages = _packages(held, code)
    if form is None or saved is not None:
        form = FORMS[code].of(content, row.version if row is not None else 0, packages)
    overview = queries.overview(product.languages, held)
    known = previewing.images_in(product, {address: form.content()})
    return render_page(
        "manuals/panel_section.html",
        product=product,
        shape=SHAPES[code],
        code=str(code),
        locale=locale,
        line=next((line for line in overview.lines if line.address == address), None),
        row=row,
        is_open=product.archived_at is None and (row is None or row.is_open),
        content=content,
        form=form,
        errors=errors,
        saved=saved,
        pictures=known,
        packages=packages,
        changed=_changed(row),
        told=_told(row),
        names=names_of([row.returned_by_id, row.saved_by_id]) if row is not None else {},
        copies=_copies(held, address) if row is None or row.is_open else [],
        PASSED_ON=words.PASSED_ON,
        NAMES=NAMES,
        status=status,
        **_beside(product, address, form, saved, held, known),
    )


def _beside(
    product: Product,
    address: Address,
    form: SectionForm,
    saved: Saved | None,
    held: Intake | None,
    known: Mapping[str, Image],
) -> dict[str, Any]:
    """The preview, what is missing, and the words of others beside the fields: in the page and in each answer."""
    code, locale = address
    content: Mapping[str, Any] = saved.content if saved is not None else form.content()
    first = product.languages[0]
    other = queries.content_of(held, code, first) if locale and locale != first else None
    missing = sections.problems(code, content, other)
    if not sections.is_begun(code, content):
        missing = [] if SHAPES[code].optional else missing
    return {
        "preview": previewing.of(
            product,
            held,
            None,
            locale or _language(product),
            only=str(code),
            instead=content,
            images=known,
        ),
        "missing": missing,
        "besides": _besides(code, form, saved),
    }


def _language(product: Product) -> str:
    return current_locale() if current_locale() in product.languages else str(product.languages[0])


def _besides(code: SectionCode, form: SectionForm, saved: Saved | None) -> list[dict[str, Any]]:
    """What others wrote, each with the field it belongs to; "" for steps that were added, moved or removed."""
    if saved is None:
        return []
    packages = queries.package_names({each.path[1] for each in saved.others if each.path[0] == "passes"})
    found = []
    for each, clashes in [*((one, True) for one in saved.clashes), *((one, False) for one in saved.others)]:
        found.append(
            {
                "field": _field_of(form, each),
                "label": packages.get(each.path[1])
                if each.path[0] == "passes" and len(each.path) > 1
                else told_intake.label_of(code, each.path, saved.content, form.content()),
                "shown": told_intake.shown(code, each.path, each.value, packages),
                "is_text": isinstance(each.value, str),
                "clashes": clashes,
                "beside": each,
            }
        )
    return found


def _field_of(form: SectionForm, each: Beside) -> str:
    """The id of the control in which this value stands, "" when it stands in none."""
    if len(each.path) == 1:
        return each.path[0] if each.path[0] in form and isinstance(each.value, str) else ""
    if len(each.path) < 3:
        return ""
    items: Any = form[each.path[0]]
    for entry in items.entries:
        if entry.form.id.data == each.path[1] and each.path[2] != "picture":
            return str(entry.form[each.path[2]].id)
    return ""


def _changed(row: Section | None) -> list[tuple[str, Any, Any]]:
    """What is different from what was handed in, while it is being changed."""
    if row is None or row.submitted is None or not row.is_open:
        return []
    refs = {*row.content.get("passes", {}), *row.submitted.get("passes", {})}
    return told_intake.lines(row.code, row.submitted, row.content, queries.package_names(refs))


def _told(row: Section | None) -> list[tuple[str, Any]]:
    """What was chosen for each package, for a page on which nothing is ticked any more."""
    if row is None or row.code != SectionCode.PACKAGES:
        return []
    names = queries.package_names(set(row.content.get("passes", {})))
    return [(label, new) for label, _old, new in told_intake.lines(row.code, None, row.content, names)]


def _copies(held: Intake | None, address: Address) -> list[str]:
    """Languages from which this section can be copied: it is empty, and they are not."""
    code, locale = address
    if not locale or sections.is_begun(code, queries.content_of(held, code, locale)):
        return []
    return [
        other for other in LOCALES if other != locale and sections.is_begun(code, queries.content_of(held, code, other))
    ]
