"""The intake of a manual (S3): saved section by section, merged, copied, handed in, returned."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.db import db
from app.integrations.models import Integration, PassedOn, Product, SoftwarePartner, Stage
from app.manuals import editing, merging, sections
from app.manuals.models import Intake, IntakeState, Saving, Section, SectionCode
from app.manuals.queries import intakes as queries
from app.manuals.queries.judged import before_of
from app.manuals.service import judging
from app.manuals.service import supplying as service
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.models import TaskState
from tests.integrations.sentences import a_partner_with_steps, task_of, the_steps_are_published
from tests.leads.test_races import all_at_once
from tests.manuals.files import a_screenshot
from tests.manuals.supplying import content_of, fill, hand_in, put, section_of
from tests.queries import counting
from tests.sentences import a_staff_member, csrf_of, sign_in
from tests.software import a_package, a_product, a_software_partner, an_integration, people_of

pytestmark = pytest.mark.usefixtures("context")

LIMITS = (SectionCode.LIMITS, "en")
KEY = (SectionCode.KEY, "en")


@pytest.fixture
def product() -> Product:
    return a_product(a_software_partner(people=2))


def partner_of(product: Product) -> SoftwarePartner:
    return db.session.get_one(SoftwarePartner, product.partner_id)


def people(product: Product) -> tuple[Person, Person]:
    aino, ben = people_of(partner_of(product))
    return aino, ben


def send(
    client: FlaskClient, product: Product, path: str, data: dict[str, Any] | None = None, *, itself: bool = False
) -> TestResponse:
    """A form of the manual's pages, or what htmx sends while one types."""
    token = csrf_of(client, address(product))
    headers = {"Origin": "http://localhost", **({"HX-Request": "true"} if itself else {})}
    return client.post(path, data={"csrf_token": token, **(data or {})}, headers=headers)


def address(product: Product, code: str = "", locale: str = "") -> str:
    return "/".join(part for part in (f"/panel/products/{product.ref}/manual", code, locale) if part)


# --- saving and merging -----------------------------------------------------------------------------------------------


def test_a_first_saving_begins_the_intake(product: Product) -> None:
    aino, _ben = people(product)
    saved = put(product, LIMITS, {"text": "Gift cards are not passed on. 🎁"}, aino)
    assert saved.version == 1
    intake = queries.of_product(product.id)
    assert intake is not None
    assert intake.state == IntakeState.SUPPLYING
    assert content_of(product, LIMITS)["text"] == "Gift cards are not passed on. 🎁"


def test_two_who_write_in_different_fields_keep_both(product: Product) -> None:
    aino, ben = people(product)
    first = put(product, LIMITS, {"text": "None of them."}, aino)
    put(product, LIMITS, {"text": "Gift cards."}, aino, seen=first.version, window="a")
    ours = put(product, LIMITS, {"text": "None of them.", "none": True}, ben, seen=first.version, window="b")
    assert content_of(product, LIMITS) == {"text": "Gift cards.", "none": True}
    assert not ours.clashes
    assert [(each.path, each.value, each.who) for each in ours.others] == [(("text",), "Gift cards.", aino.name)]


def test_two_who_write_in_one_field_lose_nothing(product: Product) -> None:
    aino, ben = people(product)
    first = put(product, LIMITS, {"text": "Both know this."}, aino)
    put(product, LIMITS, {"text": "Aino's words."}, aino, seen=first.version, window="a")
    later = put(product, LIMITS, {"text": "Ben's words."}, ben, seen=first.version, window="b")
    assert content_of(product, LIMITS)["text"] == "Ben's words.", "the later saver's own text stands"
    [clash] = later.clashes
    assert (clash.path, clash.value, clash.who, clash.mine) == (("text",), "Aino's words.", aino.name, False)
    kept = db.session.scalars(sa.select(Saving.content))
    assert {each["text"] for each in kept} >= {"Aino's words.", "Ben's words."}


def test_an_earlier_saver_who_types_on_elsewhere_does_not_bring_old_words_back(product: Product) -> None:
    aino, ben = people(product)
    first = put(product, LIMITS, {"text": "Before."}, aino, window="a")
    put(product, LIMITS, {"text": "Ben was here."}, ben, seen=first.version, window="b")
    again = put(product, LIMITS, {"text": "Before.", "none": True}, aino, seen=first.version, window="a")
    assert content_of(product, LIMITS) == {"text": "Ben was here.", "none": True}
    assert again.others[0].value == "Ben was here."
    still = put(product, LIMITS, {"text": "Before.", "none": False}, aino, seen=again.version, window="a")
    assert content_of(product, LIMITS) == {"text": "Ben was here.", "none": False}
    assert not still.clashes


def test_a_window_whose_answer_was_lost_is_not_merged_with_itself(product: Product) -> None:
    aino, _ben = people(product)
    first = put(product, LIMITS, {"text": "One"}, aino, window="a")
    put(product, LIMITS, {"text": "One two"}, aino, seen=first.version, window="a")
    third = put(product, LIMITS, {"text": "One two three"}, aino, seen=first.version, window="a")
    assert not third.clashes
    assert content_of(product, LIMITS)["text"] == "One two three"


def test_the_same_sent_twice_is_saved_once(product: Product) -> None:
    aino, _ben = people(product)
    first = put(product, LIMITS, {"text": "Once."}, aino, window="a")
    second = put(product, LIMITS, {"text": "Once."}, aino, window="a")
    assert first.version == second.version == section_of(product, LIMITS).version
    assert db.session.scalar(sa.select(sa.func.count(Saving.id))) == 1


def test_two_windows_of_one_person_are_told_apart(product: Product) -> None:
    aino, _ben = people(product)
    first = put(product, LIMITS, {"text": "Start."}, aino, window="a")
    put(product, LIMITS, {"text": "Left window."}, aino, seen=first.version, window="a")
    right = put(product, LIMITS, {"text": "Right window."}, aino, seen=first.version, window="b")
    assert [(each.value, each.mine) for each in right.clashes] == [("Left window.", True)]


def step(id_: str, text: str = "", picture: str = "", alt: str = "") -> dict[str, str]:
    return {"id": id_, "text": text, "picture": picture, "alt": alt}


def test_steps_are_added_moved_and_removed_by_two_at_once() -> None:
    base = {"find": [step("a", "A"), step("b", "B"), step("c", "C")]}
    mine = {"find": [step("c", "C"), step("a", "A!"), step("b", "B"), step("m", "Mine")]}
    theirs = {"find": [step("a", "A"), step("t", "Theirs"), step("c", "C!")]}
    merged = merging.merge(SectionCode.KEY, base, mine, theirs)
    assert [(each["id"], each["text"]) for each in merged.content["find"]] == [
        ("c", "C!"),
        ("a", "A!"),
        ("t", "Theirs"),
        ("m", "Mine"),
    ]
    assert not merged.clashes


def test_a_step_removed_by_one_and_written_in_by_the_other_stays() -> None:
    base = {"find": [step("a", "A"), step("b", "B")]}
    gone, changed = {"find": [step("a", "A")]}, {"find": [step("a", "A"), step("b", "B, better")]}
    for mine, theirs in ((gone, changed), (changed, gone)):
        merged = merging.merge(SectionCode.KEY, base, mine, theirs)
        assert [each["text"] for each in merged.content["find"]] == ["A", "B, better"]


def test_ticks_are_merged_one_by_one() -> None:
    base = {"passes": {"PK-1": ["sales", "vat"]}}
    mine = {"passes": {"PK-1": ["sales", "vat", "customers"], "PK-2": ["sales"]}}
    theirs = {"passes": {"PK-1": ["sales"]}}
    merged = merging.merge(SectionCode.PACKAGES, base, mine, theirs)
    assert merged.content["passes"] == {"PK-1": ["sales", "customers"], "PK-2": ["sales"]}


def test_what_the_product_was_registered_with_can_be_unticked(product: Product) -> None:
    aino, _ben = people(product)
    put(product, (SectionCode.CATEGORIES, ""), {"sells": ["webshop"]}, aino)
    assert content_of(product, (SectionCode.CATEGORIES, ""))["sells"] == ["webshop"]


def test_many_who_begin_and_add_steps_at_once_keep_all_of_them(app: Flask, product: Product) -> None:
    aino, ben = people(product)
    id_ = product.id

    def adding(number: int) -> Callable[[], int]:
        def run() -> int:
            with app.app_context():
                content = {"find": [step(f"s{number}", f"Step of {number}")]}
                by = (aino, ben)[number % 2]
                return service.save(id_, KEY, content, seen=0, window=f"w{number}", by=by).version

        return run

    answers = all_at_once([adding(number) for number in range(10)])
    db.session.commit()  # reads anew
    assert len(set(answers)) == 10
    assert {each["text"] for each in content_of(product, KEY)["find"]} == {f"Step of {number}" for number in range(10)}
    assert db.session.scalar(sa.select(sa.func.count(Intake.id))) == 1


def test_handing_in_twice_at_once_is_once(app: Flask, product: Product) -> None:
    aino, _ben = people(product)
    fill(product, aino, [a_package("Ledgerly")])
    id_ = product.id

    def handing() -> str:
        with app.app_context():
            try:
                return str(service.hand_in(id_, aino).state)
            except service.NothingToHandIn:
                return "nothing"

    assert sorted(all_at_once([handing, handing, handing])) == ["nothing", "nothing", "submitted"]
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count(Integration.id))) == 1


def test_a_version_that_is_not_kept_any_more_loses_nothing(product: Product) -> None:
    aino, ben = people(product)
    put(product, LIMITS, {"text": "Aino's."}, aino, window="a")
    late = put(product, LIMITS, {"text": "Ben's."}, ben, seen=77, window="b")
    assert [each.value for each in late.clashes] == ["Aino's."]


def test_another_products_picture_is_not_taken(product: Product) -> None:
    aino, _ben = people(product)
    put(product, KEY, {"find": [step("a", "Open", "PI-7K3F9Q2M", "x")]}, aino)
    assert content_of(product, KEY)["find"][0]["picture"] == ""


def product_languages(product: Product) -> list[str]:
    db.session.expire_all()
    return list(db.session.get_one(Product, product.id).languages)


# --- languages --------------------------------------------------------------------------------------------------------


def test_an_empty_section_is_copied_from_another_language_and_waits_for_its_translation(product: Product) -> None:
    aino, _ben = people(product)
    service.set_languages(product.id, ["en", "fi"], aino)
    said = "A till for bakeries and cafés with one counter or with twenty of them."
    put(product, (SectionCode.PRODUCT, "en"), {"summary": "A till.", "about": said}, aino)
    section = service.copy(product.id, (SectionCode.PRODUCT, "fi"), "en", aino)
    assert section.content["about"] == said
    overview = queries.overview(["en", "fi"], queries.of_product(product.id))
    [line] = [line for line in overview.of("fi") if line.code == "product"]
    assert "Translate" in line.state.problems[0]
    with pytest.raises(service.NotEmpty):
        service.copy(product.id, (SectionCode.PRODUCT, "fi"), "en", aino)
    with pytest.raises(service.NothingToCopy):
        service.copy(product.id, (SectionCode.LIMITS, "fi"), "en", aino)


def test_a_language_taken_out_keeps_its_words(product: Product) -> None:
    aino, _ben = people(product)
    service.set_languages(product.id, ["en", "fi"], aino)
    put(product, (SectionCode.LIMITS, "fi"), {"text": "Lahjakortit."}, aino)
    service.set_languages(product.id, ["en"], aino)
    with pytest.raises(service.NoSuchLanguage):
        put(product, (SectionCode.LIMITS, "fi"), {"text": "Lahjakortit!"}, aino, seen=1)
    service.set_languages(product.id, ["en", "fi"], aino)
    assert content_of(product, (SectionCode.LIMITS, "fi"))["text"] == "Lahjakortit."


def test_languages_are_chosen_on_the_page(client: FlaskClient, product: Product) -> None:
    aino, _ben = people(product)
    sign_in(client, aino)
    path = address(product, "languages")
    said = {"known": "en", "first": "fi", "languages": "en"}
    assert send(client, product, path, said).status_code == 303
    assert product_languages(product) == ["fi", "en"]
    late = send(client, product, path, said | {"first": "en", "languages": "pl"})
    assert late.status_code == 409
    assert 'name="known" value="fi en"' in late.text
    assert send(client, product, path, said | {"first": "xx"}).status_code == 422
    hand_in(product, aino)
    keeps = send(client, product, path, said | {"known": "fi en", "first": "en"})
    assert keeps.status_code == 409
    assert "The first language stays" in keeps.text


# --- completeness, handing in, returning ------------------------------------------------------------------------------


def test_states_say_what_is_missing() -> None:
    def words(code: str, content: dict[str, Any]) -> str:
        return sections.state_of(code, content).words

    steps = [step("a", "A", "PI-AAAA1111", "alt"), step("b", "B", "PI-AAAA1111", "alt"), step("c", "C")]
    assert words("key", {}) == "Not begun"
    assert words("faq", {}) == "Not begun, optional"
    assert words("key", {"find": steps, "enter": [step("d", "D")]}) == "2 steps need a screenshot"
    assert words("key", {"find": steps}) == "2 things are missing"
    assert words("support", {"email": "help@lumi"}) != "Complete"
    assert words("support", {"email": "help@lumi.example"}) == "Complete"
    assert words("limits", {"none": True}) == "Complete"
    assert sections.contacts({"email": "x", "website": "javascript:alert(1)", "phone": "+358 9 123 4567"}) == {
        "phone": "+35891234567"
    }


def test_nothing_is_handed_in_before_it_is_complete(product: Product) -> None:
    aino, _ben = people(product)
    with pytest.raises(service.NotComplete):
        service.hand_in(product.id, aino)
    put(product, LIMITS, {"text": "Some."}, aino)
    with pytest.raises(service.NotComplete):
        service.hand_in(product.id, aino)


def test_handing_in_makes_integrations_and_tells_the_editors(product: Product) -> None:
    aino, _ben = people(product)
    a_staff_member("content_editor")
    packages = [a_package("Ledgerly"), a_package("Saldix")]
    fill(product, aino, packages)
    intake = service.hand_in(product.id, aino)
    assert intake.state == IntakeState.SUBMITTED
    rows = list(db.session.scalars(sa.select(Integration).order_by(Integration.id)))
    assert [(row.slug, row.passes, row.stage) for row in rows] == [
        ("lumi-till-ledgerly", ["sales", "vat"], Stage.PREPARING),
        ("lumi-till-saldix", ["sales", "vat"], Stage.PREPARING),
    ]
    assert "saldix" in rows[1].search
    assert db.session.scalars(sa.select(MailRow.template)).all() == ["intake_handed_in"]
    with pytest.raises(service.HandedIn):
        put(product, LIMITS, {"text": "Later."}, aino, seen=section_of(product, LIMITS).version)
    with pytest.raises(service.NothingToHandIn):
        service.hand_in(product.id, aino)
    faq = (SectionCode.FAQ, "en")
    put(product, faq, {"items": [{"id": "q", "question": "Why?", "answer": "So."}]}, aino)
    assert section_of(product, faq).is_open, "what is optional and was empty may still follow"


def test_a_package_that_is_given_up_is_withdrawn_only_while_nothing_is_out(product: Product) -> None:
    aino, _ben = people(product)
    editor = a_staff_member("content_editor")
    ledgerly, saldix, numera = a_package("Ledgerly"), a_package("Saldix"), a_package("Numera")
    out = an_integration(product, numera, stage=Stage.LISTED)
    fill(product, aino, [ledgerly, saldix])
    intake = service.hand_in(product.id, aino)
    packages = section_of(product, (SectionCode.PACKAGES, ""))
    judging.return_section(intake.id, packages.id, "Saldix cannot take this.", editor)
    passes = {"passes": {ledgerly.ref: [PassedOn.SALES]}}
    put(product, (SectionCode.PACKAGES, ""), passes, aino, seen=packages.version)
    service.hand_in(product.id, aino)
    stages = {row.package_id: row.stage for row in db.session.scalars(sa.select(Integration))}
    assert stages == {ledgerly.id: Stage.PREPARING, saldix.id: Stage.WITHDRAWN, numera.id: Stage.LISTED}
    assert db.session.get_one(Integration, out.id).passes == out.passes


def test_a_returned_section_is_changed_and_handed_in_again(product: Product) -> None:
    aino, _ben = people(product)
    editor = a_staff_member("content_editor")
    intake = hand_in(product, aino)
    limits = section_of(product, LIMITS)
    with pytest.raises(judging.NoComment):
        judging.return_section(intake.id, limits.id, "  ", editor)
    judging.return_section(intake.id, limits.id, "Say it in whole sentences.", editor)
    with pytest.raises(judging.NotHandedIn):
        judging.return_section(intake.id, limits.id, "Once more.", editor)
    row = db.session.scalars(sa.select(MailRow).where(MailRow.template == "intake_returned")).one()
    assert row.to_email == aino.email
    put(product, LIMITS, {"text": "Gift cards are not passed on."}, aino, seen=limits.version)
    with pytest.raises(service.HandedIn):
        put(product, KEY, {"find": []}, aino)
    service.hand_in(product.id, aino)
    limits = section_of(product, LIMITS)
    assert (limits.comment, limits.returned_at) == ("", None)
    before = before_of(queries.by_ref(intake.ref))[limits.id]
    assert [change.new for change in merging.changes("limits", before, limits.submitted)] == [
        "Gift cards are not passed on."
    ]
    again = db.session.get_one(Intake, intake.id)
    with pytest.raises(judging.IntakeMovedOn):
        judging.accept(intake.id, 1, editor)
    assert judging.accept(intake.id, again.version, editor).state == IntakeState.ACCEPTED


def test_what_is_typed_while_staff_return_a_section_is_kept(product: Product) -> None:
    aino, ben = people(product)
    editor = a_staff_member("content_editor")
    put(product, LIMITS, {"text": "Ben begins."}, ben, window="b")
    fill(product, aino, [a_package("Ledgerly")])
    put(product, LIMITS, {"text": "Ben begins."}, ben, seen=1, window="b")
    intake = service.hand_in(product.id, aino)
    with pytest.raises(service.HandedIn):
        put(product, LIMITS, {"text": "Ben begins. And goes on."}, ben, seen=1, window="b")
    judging.return_section(intake.id, section_of(product, LIMITS).id, "More, please.", editor)
    put(product, LIMITS, {"text": "Ben begins. And goes on."}, ben, seen=1, window="b")
    limits = section_of(product, LIMITS)
    assert limits.content["text"] == "Ben begins. And goes on."
    assert limits.comment == "More, please."


def test_a_further_language_follows_when_all_of_it_is_complete(product: Product) -> None:
    aino, _ben = people(product)
    service.set_languages(product.id, ["en", "fi"], aino)
    hand_in(product, aino)
    put(product, (SectionCode.LIMITS, "fi"), {"text": "Lahjakortteja ei siirretä."}, aino)
    with pytest.raises(service.NothingToHandIn):
        service.hand_in(product.id, aino)
    fill(product, aino, [], "fi")
    assert service.hand_in(product.id, aino).state == IntakeState.SUBMITTED
    assert section_of(product, (SectionCode.KEY, "fi")).submitted is not None


# --- the pages --------------------------------------------------------------------------------------------------------


def test_looking_writes_nothing_and_asks_little(app: Flask, client: FlaskClient, product: Product) -> None:
    aino, _ben = people(product)
    sign_in(client, aino)
    a_package("Ledgerly")
    for path in [
        address(product),
        address(product, "preview"),
        *(address(product, *each) for each in sections.addresses(["en"])),
    ]:
        answer = client.get(path)
        assert answer.status_code == 200, path
    assert db.session.scalar(sa.select(sa.func.count(Intake.id))) == 0
    fill(product, aino, [a_package(f"Package {number}") for number in range(12)])
    with counting(app) as queries_:
        assert client.get(address(product)).status_code == 200
    assert queries_.count <= 8
    for each in sections.addresses(["en"]):
        with counting(app) as queries_:
            assert client.get(address(product, *each)).status_code == 200
        assert queries_.count <= 12, each


def test_others_do_not_find_it(client: FlaskClient, product: Product) -> None:
    stranger = people_of(a_software_partner("Kirjakassa"))[0]
    fill(product, people(product)[0], [a_package("Ledgerly")])
    sign_in(client, stranger)
    for path in (address(product), address(product, "preview"), address(product, "limits", "en")):
        assert client.get(path).status_code == 404
    token = csrf_of(client, "/profile")
    said = {"text": "Mine now.", "csrf_token": token}
    assert client.post(address(product, "limits", "en"), data=said).status_code == 404
    assert content_of(product, LIMITS)["text"] != "Mine now."
    assert client.get(f"/panel/products/{product.ref}/manual/limits").status_code == 404


def test_a_section_is_saved_as_a_plain_form(client: FlaskClient, product: Product) -> None:
    sign_in(client, people(product)[0])
    assert 'name="version"' in client.get(address(product, "limits", "en")).text
    said = {"version": "0", "window": "w1", "text": "Łukasz O'Żółć 🙂\r\n\r\n<b>x</b>", "do": "next"}
    answer = send(client, product, address(product, "limits", "en"), said)
    assert answer.status_code == 303
    assert answer.location.endswith("/faq/en")
    page = client.get(address(product, "limits", "en")).text
    assert "Łukasz O&#39;Żółć 🙂" in page
    assert "<b>x</b>" not in page


def test_a_section_saves_itself_while_one_types(client: FlaskClient, product: Product) -> None:
    sign_in(client, people(product)[0])
    answer = send(
        client,
        product,
        address(product, "limits", "en"),
        {"version": "0", "window": "w1", "text": "Gift cards"},
        itself=True,
    )
    assert answer.status_code == 200
    assert "Saved " in answer.text
    assert 'name="version" value="1"' in answer.text
    assert "<html" not in answer.text
    long = send(
        client,
        product,
        address(product, "limits", "en"),
        {"version": "1", "window": "w1", "text": "x" * 6001},
        itself=True,
    )
    assert long.status_code == 422
    assert "Not saved." in long.text
    odd = {"version": "99999999999", "window": "w" * 150, "text": "Gift cards"}
    assert send(client, product, address(product, "limits", "en"), odd, itself=True).status_code == 200
    strange = {"version": "1", "window": "w2", "text": "Gift \x00cards\ufffd"}
    assert send(client, product, address(product, "limits", "en"), strange, itself=True).status_code == 422
    huge = send(client, product, address(product, "limits", "en"), {"text": "x" * 10_000_000})
    assert huge.status_code == 413
    assert content_of(product, LIMITS)["text"] == "Gift cards"


def test_both_texts_stand_beside_each_other(client: FlaskClient, product: Product) -> None:
    aino, ben = people(product)
    put(product, LIMITS, {"text": "Start."}, aino, window="a")
    put(product, LIMITS, {"text": "Aino's own words."}, aino, seen=1, window="a")
    sign_in(client, ben)
    said = {"version": "1", "window": "b", "text": "Ben's own words."}
    by_itself = send(client, product, address(product, "limits", "en"), said, itself=True)
    assert "Aino&#39;s own words." in by_itself.text
    assert aino.name in by_itself.text
    plain = send(
        client, product, address(product, "limits", "en"), said | {"text": "Ben's other words.", "window": "c"}
    )
    assert plain.status_code == 200
    assert "Ben&#39;s other words.</textarea>" in plain.text
    assert "Ben&#39;s own words." in plain.text


def test_a_form_that_was_open_for_long_gets_a_new_token_and_keeps_its_text(
    client: FlaskClient, product: Product
) -> None:
    sign_in(client, people(product)[0])
    headers = {"HX-Request": "true", "Origin": "http://localhost"}
    said = {"version": "0", "window": "w1", "text": "Kept.", "csrf_token": "stale"}
    answer = client.post(address(product, "limits", "en"), data=said, headers=headers)
    assert answer.status_code == 422
    assert 'data-stale="1"' in answer.text
    token = answer.text.split('data-token="')[1].split('"')[0]
    again = client.post(address(product, "limits", "en"), data=said | {"csrf_token": token}, headers=headers)
    assert again.status_code == 200
    assert content_of(product, LIMITS)["text"] == "Kept."


def test_steps_by_buttons_and_a_removed_one_comes_back(client: FlaskClient, product: Product) -> None:
    sign_in(client, people(product)[0])
    path = address(product, "key", "en")
    assert send(client, product, path, {"version": "0", "window": "w", "do": "add:find"}).status_code == 303
    [first] = content_of(product, KEY)["find"]
    said = {"version": "1", "window": "w", "find-0-id": first["id"], "find-0-text": "Open the settings."}
    answer = send(client, product, path, said | {"do": "add:find"})
    second = content_of(product, KEY)["find"][1]
    assert answer.location.endswith(f"#find-{second['id']}")
    said |= {"version": "2", "find-1-id": second["id"], "find-1-text": "Copy the key."}
    send(client, product, path, said | {"do": f"up:find:{second['id']}"})
    assert [each["text"] for each in content_of(product, KEY)["find"]] == ["Copy the key.", "Open the settings."]
    swapped = {
        "version": "3",
        "window": "x",
        "find-0-id": second["id"],
        "find-0-text": "Copy the key, all of it.",
        "find-1-id": first["id"],
        "find-1-text": "Open the settings.",
    }
    send(client, product, path, swapped | {"do": f"remove:find:{second['id']}"})
    assert [each["text"] for each in content_of(product, KEY)["find"]] == ["Open the settings."]
    page = client.get(path).text
    fields = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("version", "back")}
    assert send(client, product, f"{path}/restore", fields).status_code == 303
    assert content_of(product, KEY)["find"][0]["text"] == "Copy the key, all of it."


def test_handing_in_too_early_says_what_is_missing(client: FlaskClient, product: Product) -> None:
    sign_in(client, people(product)[0])
    answer = send(client, product, address(product, "hand-in"))
    assert answer.status_code == 422
    assert "Say in a sentence what the product is." in answer.text


def test_handing_in_and_a_returned_section_on_the_page(client: FlaskClient, product: Product) -> None:
    aino, _ben = people(product)
    fill(product, aino, [a_package("Ledgerly")])
    sign_in(client, aino)
    assert "Everything is complete" in client.get(address(product)).text
    assert send(client, product, address(product, "hand-in")).status_code == 303
    page = client.get(address(product, "packages")).text
    assert "Handed in. It can be read, not changed." in page
    assert "<textarea" not in client.get(address(product, "limits", "en")).text
    intake = queries.of_product(product.id)
    assert intake is not None
    judging.return_section(
        intake.id, section_of(product, LIMITS).id, "What about <gift> cards?", a_staff_member("content_editor")
    )
    for path in (address(product), address(product, "limits", "en")):
        assert "What about &lt;gift&gt; cards?" in client.get(path).text
    send(
        client, product, address(product, "limits", "en"), {"version": "2", "window": "z", "text": "Not those either."}
    )
    assert "What changed since you handed it in" in client.get(address(product, "limits", "en")).text
    late = send(
        client, product, address(product, "key", "en"), {"version": "1", "window": "y", "find-0-text": "Still here"}
    )
    assert late.status_code == 409
    assert "handed in meanwhile" in late.text
    assert "Still here</textarea>" in late.text


def test_handing_in_does_its_task_of_the_plan_and_the_home_says_what_came_back(client: FlaskClient) -> None:
    the_steps_are_published()
    a_staff_member("coordinator")
    partner = a_partner_with_steps()
    product, [aino] = a_product(partner), people_of(partner)
    intake = hand_in(product, aino)
    task = task_of(partner, "supply_manual")
    assert (task.state, task.done_by_id) == (TaskState.DONE, aino.id)
    sign_in(client, aino)
    assert "Returned to you" not in client.get("/panel/software").text
    judging.return_section(intake.id, section_of(product, LIMITS).id, "More.", a_staff_member("content_editor"))
    assert address(product, "limits", "en") in client.get("/panel/software").text


def test_the_product_page_leads_to_it(client: FlaskClient, product: Product) -> None:
    sign_in(client, people(product)[0])
    assert address(product) in client.get(f"/panel/products/{product.ref}").text


def test_made_up_sections_and_languages_are_not_found(client: FlaskClient, product: Product) -> None:
    sign_in(client, people(product)[0])
    for path in ("limits", "packages/en", "limits/fi"):
        assert client.get(f"{address(product)}/{path}").status_code == 404, path
    for path, said in (
        ("limits", {"text": "Where to?"}),
        ("packages/en", {}),
        ("limits/en/copy", {"from": "xx"}),
        ("limits/fi/copy", {"from": "en"}),
        ("limits/fi/restore", {"back": "1", "version": "1"}),
    ):
        assert send(client, product, f"{address(product)}/{path}", said).status_code == 404, path
    assert queries.of_product(product.id) is None


def test_what_is_typed_in_a_language_that_was_taken_out_is_kept_on_the_page(
    client: FlaskClient, product: Product
) -> None:
    aino, _ben = people(product)
    sign_in(client, aino)
    said = {"version": "0", "window": "w", "text": "Lahjakortit."}
    answer = send(client, product, address(product, "limits", "fi"), said)
    assert answer.status_code == 409
    assert "not described in this language any more" in answer.text
    assert "Lahjakortit.</textarea>" in answer.text
    assert section_of(product, (SectionCode.LIMITS, "fi"), must=False) is None


def test_what_is_typed_after_a_colleague_handed_in_is_refused_and_kept(client: FlaskClient, product: Product) -> None:
    aino, ben = people(product)
    hand_in(product, aino)
    before = content_of(product, LIMITS)
    sign_in(client, ben)
    said = {"version": "1", "window": "b", "text": "Too late."}
    by_itself = send(client, product, address(product, "limits", "en"), said, itself=True)
    assert (by_itself.status_code, "This section was handed in meanwhile" in by_itself.text) == (409, True)
    plain = send(client, product, address(product, "limits", "en"), said)
    assert (plain.status_code, "Too late.</textarea>" in plain.text) == (409, True)
    back = send(client, product, f"{address(product, 'limits', 'en')}/restore", {"back": "1", "version": "1"})
    assert back.status_code == 303
    assert "This section was handed in meanwhile" in client.get(back.location).text
    assert content_of(product, LIMITS) == before
    again = send(client, product, address(product, "hand-in"))
    assert (again.status_code, "There is nothing new to hand in." in again.text) == (409, True)


def test_a_section_is_copied_once_and_a_version_that_is_gone_is_said(client: FlaskClient, product: Product) -> None:
    aino, _ben = people(product)
    service.set_languages(product.id, ["en", "fi"], aino)
    put(product, LIMITS, {"text": "Gift cards."}, aino)
    sign_in(client, aino)
    path = address(product, "limits", "fi")
    for message in ("Copied. Now translate it.", "Something was written in this section meanwhile"):
        answer = send(client, product, f"{path}/copy", {"from": "en"})
        assert answer.status_code == 303
        assert message in client.get(answer.location).text
    assert content_of(product, (SectionCode.LIMITS, "fi"))["text"] == "Gift cards."
    lost = send(client, product, f"{path}/restore", {"back": "77", "version": "1"})
    assert "It is not kept any more" in client.get(lost.location).text


def test_pictures_come_with_the_form_and_one_that_cannot_be_taken_costs_no_word(
    client: FlaskClient, product: Product
) -> None:
    sign_in(client, people(product)[0])
    logo: dict[str, Any] = {"version": "0", "window": "w", "sells": "webshop"}
    logo["file"] = (io.BytesIO(a_screenshot()), "logo.png")
    assert send(client, product, address(product, "categories"), logo).status_code == 303
    kept = content_of(product, (SectionCode.CATEGORIES, ""))
    assert kept["sells"] == ["webshop"]
    assert kept["logo"].startswith("PI-")

    steps: dict[str, Any] = {
        "version": "0",
        "window": "w",
        "find-0-id": "s1",
        "find-0-text": "Open the settings.",
        "find-0-file": (io.BytesIO(a_screenshot(colour="red")), "one.png"),
        "find-1-id": "s2",
        "find-1-text": "Copy the key.",
        "find-1-file": (io.BytesIO(b"no picture at all"), "two.png"),
    }
    answer = send(client, product, address(product, "key", "en"), steps)
    assert answer.status_code == 422
    assert 'href="#find-1-file"' in answer.text
    first, second = content_of(product, KEY)["find"]
    assert (first["text"], second["text"], second["picture"]) == ("Open the settings.", "Copy the key.", "")
    assert first["picture"].startswith("PI-")
    assert first["picture"] in client.get(address(product, "key", "en")).text


def test_another_ones_words_stand_beside_the_step_they_belong_to(client: FlaskClient, product: Product) -> None:
    aino, ben = people(product)
    put(product, KEY, {"find": [step("s1", "Open it."), step("s2", "Copy it.")]}, aino, window="a")
    put(product, KEY, {"find": [step("s1", "Open it."), step("s2", "Aino copies it.")]}, aino, seen=1, window="a")
    sign_in(client, ben)
    said = {"version": "1", "window": "b", "find-0-id": "s1", "find-0-text": "Open it.", "find-1-id": "s2"}
    said |= {"find-1-text": "Ben copies it."}
    answer = send(client, product, address(product, "key", "en"), said, itself=True)
    assert answer.status_code == 200
    assert "Aino copies it." in answer.text
    assert "find-1-text" in answer.text
    assert "find-0-text" not in answer.text


def test_the_preview_shows_the_package_and_language_that_are_asked_for(client: FlaskClient, product: Product) -> None:
    aino, _ben = people(product)
    service.set_languages(product.id, ["en", "fi"], aino)
    saldix = a_package("Saldix")
    fill(product, aino, [a_package("Ledgerly"), saldix])
    fill(product, aino, [], "fi")
    sign_in(client, aino)
    path = address(product, "preview")
    page = client.get(f"{path}?package={saldix.ref}&language=fi").text
    assert "It rings up sales (fi)." in page
    assert re.search(rf"package={saldix.ref}[^>]*aria-current", page)
    made_up = client.get(f"{path}?package=PK-00000000&language=xx")
    assert (made_up.status_code, "It rings up sales (en)." in made_up.text) == (200, True)


def test_the_last_section_leads_back_to_the_list(client: FlaskClient, product: Product) -> None:
    sign_in(client, people(product)[0])
    answer = send(client, product, address(product, "faq", "en"), {"version": "0", "window": "w", "do": "next"})
    assert (answer.status_code, answer.location) == (303, address(product))


def test_what_the_product_is_and_each_slug_follow_what_is_handed_in(product: Product) -> None:
    aino, _ben = people(product)
    other = an_integration(a_product(name="Lumi"), a_package("Till Ledgerly"))
    assert other.slug == "lumi-till-ledgerly"
    packages = [a_package("Ledgerly"), a_package("Saldix")]
    fill(product, aino, packages)
    categories = section_of(product, (SectionCode.CATEGORIES, ""))
    sells = categories.content | {"sells": ["webshop"]}
    put(product, (SectionCode.CATEGORIES, ""), sells, aino, seen=categories.version)
    intake = service.hand_in(product.id, aino)
    assert db.session.get_one(Product, product.id, populate_existing=True).sells == ["webshop"]
    rows = list(db.session.scalars(sa.select(Integration).where(Integration.product_id == product.id)))
    assert {row.slug for row in rows} == {"lumi-till-ledgerly-2", "lumi-till-saldix"}

    editor = a_staff_member("content_editor")
    for passes in ({packages[0].ref: ["sales"]}, {packages[0].ref: ["sales"], packages[1].ref: ["vat"]}):
        section = section_of(product, (SectionCode.PACKAGES, ""))
        judging.return_section(intake.id, section.id, "Please check.", editor)
        put(product, (SectionCode.PACKAGES, ""), {"passes": passes}, aino, seen=section.version)
        service.hand_in(product.id, aino)
    db.session.expire_all()
    assert {row.slug: (row.passes, row.stage) for row in rows} == {
        "lumi-till-ledgerly-2": (["sales"], Stage.PREPARING),
        "lumi-till-saldix": (["vat"], Stage.PREPARING),
    }


@pytest.mark.parametrize(
    ("said", "left", "place"),
    [
        ("up:find:b", "bac", "b"),
        ("up:find:a", "abc", "a"),
        ("down:find:a", "bac", "a"),
        ("down:find:c", "abc", "c"),
        ("remove:find:c", "ab", "b"),
        ("remove:find:a", "bc", "b"),
        ("remove:find:gone", "abc", ""),
        ("stay:find:b", "abc", "b"),
    ],
)
def test_a_button_of_a_list_does_what_it_says(said: str, left: str, place: str) -> None:
    move = editing.Move.read("key", said)
    assert move is not None
    content, at_item = editing.made("key", {"find": [step(id_) for id_ in "abc"]}, move)
    assert ("".join(each["id"] for each in content["find"]), at_item) == (left, place)


def test_buttons_that_are_none_and_lists_that_are_full_or_empty() -> None:
    for said in ("", "next", "add:enter2", "drop:find:a", "add:text"):
        assert editing.Move.read("key", said) is None, said
    full = {"find": [step(f"s{number}") for number in range(25)]}
    with pytest.raises(editing.Full):
        editing.made("key", full, editing.Move("add", "find"))
    emptied, place = editing.made("key", {"find": [step("a")]}, editing.Move("remove", "find", "a"))
    assert (emptied["find"], place) == ([], "")
    pictured = {"find": [step("a", "Look.", picture="PI-AAAA1111", alt="A key")]}
    bare, _place = editing.made("key", pictured, editing.Move("unpicture", "find", "a"))
    assert (bare["find"][0]["picture"], bare["find"][0]["alt"]) == ("", "A key")


def test_sections_of_many(product: Product) -> None:
    assert len(sections.addresses(["en", "fi"])) == 11
    assert not sections.exists("limits", "", ["en"])
    assert not sections.exists("packages", "en", ["en"])
    assert isinstance(section_of(product, LIMITS, must=False), Section | None)
