"""Forms: what was typed is settled, or shown again with one sentence that helps, in page order; one token a page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Any

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import FormField
from wtforms.validators import ValidationError

from app.core import forms as f
from app.core.errors import Conflict, FieldError
from app.core.i18n import babel

here = Flask(__name__)
here.secret_key = "tests only"
babel.init_app(here)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class ShopPart(f.Part):
    url = f.UrlField("Shop address", [f.Required("Enter the address of the shop")])
    platform = f.ChoiceField("Platform", [f.Optional()], choices=[("woo", "Woo")], empty="Choose a platform")


class RegistrationForm(f.BaseForm):
    typed_by = f.RadioChoice(
        "Who?", [f.Required("Say who")], choices=[("reseller", "Reseller"), ("client", "Client", "My own company")]
    )
    country = f.CountryField()
    company_name = f.TextField("Company name", [f.Required("Enter the company's name")], limit=20)
    company_number = f.IdentifierField("company_number")
    vat_number = f.IdentifierField("vat_number")
    regon = f.IdentifierField("regon")
    einvoice_address = f.IdentifierField("einvoice_address")
    postcode = f.PostcodeField()
    email = f.EmailField("E-mail", [f.Required("Enter the e-mail address")])
    phone = f.PhoneField("Phone", [f.Required("Enter the phone number")])
    website = f.UrlField("Website", [f.Optional()])
    services = f.MultiChoice("Services", choices=lambda: [("pay", "Payments"), ("ship", "Shipping")])
    shops = f.Repeat(FormField(ShopPart), min_entries=1, max_entries=3)
    note = f.NoteField("Note", [f.Optional()])
    submission_key = f.HiddenField()

    def validate_company_name(self, field: Any) -> None:
        if field.data == "Taken":
            raise ValidationError("This name is taken")


class KindsForm(f.BaseForm):
    colour = f.ChoiceField("Colour", [f.Optional()], choices=[(c, c.name) for c in Colour], coerce=Colour)
    amount = f.IntegerField("Amount", [f.Optional()], least=1, most=1000)
    day = f.DateField("Day", [f.Optional()])
    agreed = f.TickField("Agreed")
    password = f.PasswordField("Password", [f.Required("Enter the password")])


GOOD = {
    "typed_by": "client",
    "country": "PL",
    "company_name": "  Rowery   Jarzębina ",
    "company_number": "PL 856-734-62-15",
    "postcode": "60123",
    "email": "anna@company.example",
    "phone": "22 123 45 67",
    "website": "company.example",
    "services": ["ship", "pay", "ship"],
    "shops-0-url": "shop.example",
    "shops-0-platform": "woo",
    "note": "one\r\ntwo",
    "submission_key": "7f3a",
}


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    with here.test_request_context("/", method="POST"):
        g.csrf_valid = True
        yield


def sent(form: type[Any] = RegistrationForm, base: dict[str, Any] = GOOD, **values: Any) -> Any:
    data = {**base, **{name.replace("__", "-"): value for name, value in values.items()}}
    return form(MultiDict({name: value for name, value in data.items() if value is not None}))


def kinds(**values: Any) -> Any:
    return sent(KindsForm, {"password": "x"}, **values)


def messages(form: Any) -> dict[str, str]:
    return {problem.href: str(problem.message) for problem in form.problems}


def test_a_good_form_gives_canonical_data() -> None:
    form = sent()
    assert form.validate(), form.errors
    data = {name: value for name, value in form.data.items() if name != "csrf_token"}
    assert data == {
        "typed_by": "client",
        "country": "PL",
        "company_name": "Rowery Jarzębina",
        "company_number": "8567346215",
        "vat_number": "",
        "regon": "",
        "einvoice_address": "",
        "postcode": "60-123",
        "email": "anna@company.example",
        "phone": "+48221234567",
        "website": "https://company.example",
        "services": ["pay", "ship"],
        "shops": [{"url": "https://shop.example", "platform": "woo"}],
        "note": "one\ntwo",
        "submission_key": "7f3a",
    }
    assert form.problems == []
    assert form.status == 200


def test_an_empty_form_asks_for_everything_in_page_order() -> None:
    form = RegistrationForm(MultiDict())
    assert not form.validate()
    assert messages(form) == {
        "#typed_by-0": "Say who",
        "#country": "Choose the country",
        "#company_name": "Enter the company's name",
        "#company_number": "Enter the company's number in the register",
        "#postcode": "Enter the post code",
        "#email": "Enter the e-mail address",
        "#phone": "Enter the phone number",
    }
    assert list(messages(form)) == [problem.href for problem in form.problems]
    assert form.status == 422


def test_an_empty_post_does_not_pass_as_the_stored_values() -> None:
    form = RegistrationForm(data={"company_name": "Stored", "country": "PL"})
    assert form.company_name.data == ""
    assert not form.validate()


@pytest.mark.parametrize(
    ("values", "href", "words"),
    [
        ({"company_number": "PL 856-734-62-16"}, "#company_number", "Check the last digits"),
        ({"company_number": "ABC"}, "#company_number", "A NIP has digits only"),
        ({"company_number": ""}, "#company_number", "Enter the NIP"),
        ({"company_number": "84217305", "country": "XX"}, "#country", "Choose one of the countries in the list"),
        ({"company_name": "x" * 21}, "#company_name", "Company name: this is 21 characters long; at most 20 fit"),
        ({"company_name": "Taken"}, "#company_name", "This name is taken"),
        ({"company_name": "a\x00b"}, "#company_name", "have been taken out"),
        ({"company_name": "a\ufffdb"}, "#company_name", "have been taken out"),
        ({"postcode": "6012"}, "#postcode", "60-123"),
        ({"email": "żółw@company.example"}, "#email", "before the sign @"),
        ({"phone": "12"}, "#phone", "too short"),
        ({"website": "ftp://x.example"}, "#website", "https://"),
        ({"typed_by": "nobody"}, "#typed_by-0", "Choose one of the options in the list"),
        ({"services": ["pay", "gone"]}, "#services-0", "Choose one of the options in the list"),
        ({"note": "x" * 12_400}, "#note", "The note is 12,400 characters long; at most 10,000 fit"),
        ({"shops__0__url": "ftp://x.example"}, "#shops-0-url", "https://"),
        ({"shops__0__url": ""}, "#shops-0-url", "Enter the address of the shop"),
        ({"shops__2__url": "b.example", "shops__2__platform": "x"}, "#shops-1-platform", "Choose one of the options"),
    ],
)
def test_one_slip_gives_one_message_beside_its_field(values: dict[str, Any], href: str, words: str) -> None:
    form = sent(**values)
    assert not form.validate()
    assert list(messages(form)) == [href]
    assert words in messages(form)[href]


def test_what_was_typed_is_shown_again() -> None:
    form = sent(company_number="PL 856-734-62-16", phone="12 ab", note="<b>\r\nx", country="XX")
    form.validate()
    assert 'value="PL 856-734-62-16"' in form.company_number()
    assert 'value="12 ab"' in form.phone()
    assert form.note() == '<textarea rows="3" id="note" name="note">\n&lt;b&gt;\nx</textarea>'
    assert '<option value="" selected>Choose</option>' in form.country()


def test_taken_out_signs_are_gone_when_the_form_is_sent_again() -> None:
    form = sent(company_name="Anna\x00 K")
    assert not form.validate()
    assert form.company_name.typed == "Anna K"
    assert sent(company_name=form.company_name.typed).validate()


def test_stored_values_are_shown_as_people_write_them() -> None:
    with here.test_request_context("/"):
        form = RegistrationForm(
            data={"country": "PL", "company_number": "8567346215", "phone": "+48221234567", "services": ["ship"]}
        )
    assert 'value="856-734-62-15"' in form.company_number()
    assert 'value="+48 22 123 45 67"' in form.phone()
    assert '<option value="PL" selected>Poland</option>' in form.country()
    assert [option.checked for option in form.services] == [False, True]


def test_a_value_set_by_the_door_is_shown_instead_of_what_was_typed() -> None:
    form = sent(submission_key="old")
    form.submission_key.data = "new"
    form.company_number.data = "5260250274"
    assert 'value="new"' in form.submission_key()
    assert 'value="526-025-02-74"' in form.company_number()


def test_the_country_decides_which_numbers_are_asked_and_how() -> None:
    polish, finnish = sent(), sent(country="fi", company_number="2332748-7", postcode="00100")
    assert [polish.regon.asked, polish.vat_number.asked, polish.einvoice_address.asked] == [True, False, False]
    assert [finnish.regon.asked, finnish.vat_number.asked, finnish.einvoice_address.asked] == [False, False, True]
    assert str(polish.company_number.label.text) == "NIP"
    assert str(finnish.company_number.label.text) == "Business ID"
    assert 'inputmode="numeric"' in polish.company_number()
    assert 'inputmode="numeric"' not in finnish.company_number()
    assert finnish.validate(), finnish.errors
    assert finnish.country.data == "FI"


def test_a_number_which_the_country_does_not_know_is_left_out() -> None:
    form = sent(country="FI", company_number="2332748-7", postcode="00100", regon="123456785", phone="040 1234567")
    assert form.validate(), form.errors
    assert form.regon.data == ""


def test_a_number_that_is_not_asked_is_shown_once_it_was_typed() -> None:
    form = sent(vat_number="PL 8567346215")
    assert form.vat_number.asked
    assert form.validate(), form.errors
    assert form.vat_number.data == "PL8567346215"


def test_forms_do_not_share_what_a_request_changed() -> None:
    first, second = sent(), sent(country="NL", company_number="84217305")
    first.company_number.errors = ["x"]
    first.company_number.flags.optional = True
    assert str(first.company_number.label.text) == "NIP"
    assert str(second.company_number.label.text) == "KvK number"
    assert not second.company_number.errors
    assert not sent().company_number.flags.optional
    assert second.company_number.id == "company_number"


def test_an_empty_box_is_not_checked_and_too_many_are_said() -> None:
    form = sent(shops__0__url=None, shops__0__platform=None)
    assert form.validate(), form.errors
    assert len(form.shops.entries) == 1
    assert form.shops.filled == []
    many = sent(**{f"shops__{n}__url": "a.example" for n in range(5)})
    assert not many.validate()
    assert messages(many) == {"#shops-0-url": "At most 3 entries fit here, and 5 were sent. Check the last ones."}


def test_boxes_are_numbered_again() -> None:
    form = sent(shops__7__url="seven.example")
    assert [part.url.name for part in form.shops] == ["shops-0-url", "shops-1-url"]
    assert [part.url.id for part in form.shops] == ["shops-0-url", "shops-1-url"]
    assert form.shops[1].url.label.field_id == "shops-1-url"
    form.shops.append_entry()
    assert form.shops[2].url.id == "shops-2-url"


@pytest.mark.parametrize(
    "key", ["shops-²-url", "shops-٣-url", "shops-99999999-url", "shops--url", "shops-0x-url", "shops-"]
)
def test_strange_names_of_boxes_are_no_boxes(key: str) -> None:
    form = RegistrationForm(MultiDict({**GOOD, key: "x"}))
    assert form.validate(), form.errors
    assert len(form.shops.entries) == 1


def test_a_business_error_lands_beside_its_field() -> None:
    form = sent()
    assert form.validate()
    form.fail(FieldError("company_number", "Known already"))
    form.fail(FieldError("shops-0-url", "Used twice"))
    form.fail(FieldError("nowhere", "Something else"))
    form.fail(Conflict("Changed meanwhile"))
    assert [(problem.href, problem.message) for problem in form.problems] == [
        ("#main", "Something else"),
        ("#main", "Changed meanwhile"),
        ("#company_number", "Known already"),
        ("#shops-0-url", "Used twice"),
    ]


def test_an_attempt_turns_a_no_into_an_error_and_lets_conflicts_through() -> None:
    form = sent()
    with form.attempt() as saved:
        raise FieldError("email", "Not this one")
    assert not saved
    assert form.status == 422
    with pytest.raises(Conflict), form.attempt():
        raise Conflict("Changed meanwhile")


def test_what_was_typed_survives_a_conflict_without_its_secrets() -> None:
    class SecretsForm(KindsForm):
        name = f.TextField("Name")
        code = f.TextField("Code from the app", autocomplete="one-time-code")

    form = sent(SecretsForm, password="secret", name="Łukasz O'Żółć", code="123456", amount="12", agreed="y")
    with pytest.raises(Conflict) as over, form.attempt():
        raise Conflict("It is over")
    assert f.typed_in_vain() == [("Amount", "12"), ("Name", "Łukasz O'Żółć")]
    form.refused(over.value)
    assert f.typed_in_vain() == [], "the form shows it"


def test_a_stale_form_fails_without_losing_anything() -> None:
    g.csrf_valid = False
    g.stale_form = True
    form = sent(KindsForm, {"csrf_token": "old"}, password="secret", amount="12")
    assert not form.validate()
    assert messages(form) == {
        "#main": "This page had been open for a long time. Nothing is lost: check and send it again."
    }
    assert 'value="12"' in form.amount()
    assert "secret" not in form.password()
    assert "old" not in form.csrf_token()
    assert not form.csrf_token.errors


def test_a_page_has_one_token() -> None:
    from flask_wtf.csrf import generate_csrf

    first, second = sent(), kinds()
    assert first.csrf_token.current_token == second.csrf_token.current_token == generate_csrf()
    assert "csrf_token" not in first.shops[0].form


def test_without_the_requests_own_check_the_token_is_checked_by_the_form() -> None:
    from flask_wtf.csrf import generate_csrf

    g.csrf_valid = False
    assert not sent().validate()
    assert sent(csrf_token=generate_csrf()).validate()


def test_controls_carry_no_browser_checks() -> None:
    form = sent()
    drawn = "".join(str(field()) for field in form if field.name not in ("shops", "csrf_token"))
    for word in ("required", "maxlength", "pattern=", 'type="number"', 'type="url"'):
        assert word not in drawn


def test_values_are_escaped() -> None:
    form = sent(company_name='"><b>', services=['"><b>'])
    assert form.company_name() == (
        '<input id="company_name" name="company_name" type="text" value="&#34;&gt;&lt;b&gt;">'
    )
    drawn = form.company_name(aria_label="<", class_="a", hidden=True, id=False, **{"hx-get": "/x?a&b"})
    assert 'aria-label="&lt;" class="a" hidden hx-get="/x?a&amp;b"' in drawn
    assert " id=" not in drawn


@pytest.mark.parametrize(
    ("typed", "value", "words"),
    [("12", 12, ""), ("1 000", 1000, ""), ("１２", 12, ""), ("", None, ""), ("0", 0, "from 1 to 1,000"),
     ("-5", -5, "from 1 to 1,000"), ("1e3", None, "whole number"), ("9" * 50, None, "whole number"),
     ("1.5", None, "whole number")],
)  # fmt: skip
def test_a_whole_number(typed: str, value: int | None, words: str) -> None:
    form = kinds(amount=typed)
    assert form.validate() == (not words)
    assert form.amount.data == value
    assert words in messages(form).get("#amount", "")
    assert form.amount.typed == typed


@pytest.mark.parametrize(
    ("typed", "value", "words"),
    [("2026-03-09", date(2026, 3, 9), ""), ("9.3.2026", date(2026, 3, 9), ""), ("09-03-2026", date(2026, 3, 9), ""),
     ("09/03/2026", date(2026, 3, 9), ""), ("9. 3. 2026", date(2026, 3, 9), ""), ("", None, ""),
     ("31.2.2026", None, "does not exist"), ("9.3.26", None, "day, month and year"), ("tomorrow", None, "27.3.2026"),
     ("0001-01-01", None, "year"), ("99999-01-01", None, "27.3.2026")],
)  # fmt: skip
def test_a_day(typed: str, value: date | None, words: str) -> None:
    form = kinds(day=typed)
    assert form.validate() == (not words)
    assert form.day.data == value
    assert words in messages(form).get("#day", "")
    assert f'type="{"text" if words else "date"}"' in form.day()


def test_a_choice_gives_the_enums_member() -> None:
    form = kinds(colour="blue")
    assert form.validate()
    assert form.colour.data is Colour.BLUE
    assert '<option value="blue" selected>BLUE</option>' in form.colour()
    assert not kinds(colour="green").validate()
    with here.test_request_context("/"):
        assert KindsForm(data={"colour": Colour.RED}).colour.typed == "red"


def test_a_tick_and_a_secret() -> None:
    form = kinds(agreed="y", password="  pass\u00a0wörd ")
    assert form.validate()
    assert form.agreed.data is True
    assert form.password.data == "  pass wörd "
    assert "checked" in form.agreed()
    assert "value" not in form.password()
    assert kinds().agreed.data is False
    assert not kinds(password="x" * 300).validate()


def test_a_search_form_reads_the_address_without_a_token() -> None:
    class SearchForm(f.BaseForm):
        class Meta(f.BaseForm.Meta):
            csrf = False

        q = f.TextField("Search", [f.Optional()])

    form = SearchForm(MultiDict({"q": " jarz "}))
    assert form.validate()
    assert form.q.data == "jarz"
    assert "csrf_token" not in form


ODD = st.text(max_size=40) | st.text(alphabet="\x00\ufffd0123456789.-/@²\u202e", max_size=20)
NAMES = [*GOOD, "regon", "vat_number", "einvoice_address", "shops-²-url", "shops-1-platform", "colour", "amount", "day"]


@given(values=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), st.lists(ODD, max_size=3)))
def test_no_post_brings_a_form_down(values: dict[str, list[str]]) -> None:
    for kind in (RegistrationForm, KindsForm):
        form = kind(MultiDict(values))
        form.validate()
        assert [str(problem.message) for problem in form.problems] or not form.errors
        for field in form:
            str(field()) if field.name not in ("shops", "csrf_token") else None


def test_components_draw_every_kind_of_field(app: Flask) -> None:
    page = """{% from "components/forms.html" import hidden, error_summary, field, radios, checkboxes, checkbox %}
    {{ hidden(form) }}{{ error_summary(form) }}{{ radios(form.typed_by) }}{{ field(form.country) }}
    {{ field(form.company_number) }}{{ field(form.note, rows=4) }}{{ checkboxes(form.services) }}
    {% for part in form.shops %}{{ field(part.url) }}{{ field(part.platform) }}{% endfor %}
    {{ field(other.password) }}{{ field(other.day) }}{{ checkbox(other.agreed) }}"""
    with app.test_request_context("/", method="POST"):
        g.csrf_valid = True
        form, other = sent(company_number="1", services=["pay"], shops__0__url="ftp://a"), kinds(agreed="y")
        form.validate()
        drawn = app.jinja_env.from_string(page).render(form=form, other=other)
    assert '<a href="#company_number">A NIP has 10 digits' in drawn
    assert 'id="company_number"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="company_number-hint company_number-error"' in drawn
    assert 'class="form-control gw-w-s"' in drawn
    assert 'class="form-select gw-w-s"' in drawn
    assert 'id="typed_by-1" value="client" checked aria-describedby="typed_by-1-' in drawn
    assert "My own company" in drawn
    assert 'id="services-0" value="pay" checked' in drawn
    assert '<a href="#shops-0-url">' in drawn
    assert 'data-reveal="password"' in drawn
    assert "7f3a" in drawn
    assert "(optional)" in drawn
