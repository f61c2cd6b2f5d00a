"""The components' promises: form manners, states in words, pages that hold up."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, g, render_template, render_template_string
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict
from wtforms import FormField

from app.core import csp
from app.core.db import db
from app.core.forms import (
    BaseForm,
    EmailField,
    HiddenField,
    MultiChoice,
    Optional,
    Part,
    PasswordField,
    RadioChoice,
    Repeat,
    Required,
    TextField,
    TickField,
)


class ShopPart(Part):
    url = TextField("Shop address", [Required("Enter the shop's address")])
    platform = TextField("Platform", [Optional()])


class SampleForm(BaseForm):
    typed_by = RadioChoice(
        "Who is typing?", [Required("Say who is typing")], choices=[("client", "Client", "My own company")]
    )
    name = TextField("Name", [Required("Enter the name")], hint="As in the <register>", width="s")
    email = EmailField("E-mail", [Optional()])
    secret = PasswordField("Password", [Optional()])
    services = MultiChoice("Services", [Optional()], choices=[("pay", "Payments"), ("ship", "Shipping")])
    agree = TickField("I agree", [Optional()])
    shops = Repeat(FormField(ShopPart), min_entries=1)
    key = HiddenField()


@pytest.fixture
def request_context(app: Flask) -> Iterator[None]:
    with app.test_request_context("/somewhere?q=a&lang=en"):
        g.csrf_valid = True
        yield


def shown(macro: str, source: str, **context: Any) -> str:
    file, names = macro.split(":")
    return render_template_string(f'{{% from "components/{file}.html" import {names} %}}{source}', **context)


def sent(**values: str) -> SampleForm:
    form = SampleForm(MultiDict(values))
    form.validate()
    return form


@pytest.mark.usefixtures("request_context")
class TestFields:
    def test_a_field_has_its_label_hint_and_no_browser_checks(self) -> None:
        html = shown("forms:field", "{{ field(form.name) }}", form=SampleForm())

        assert '<label for="name">Name</label>' in html
        assert 'id="name-hint">As in the &lt;register&gt;</div>' in html
        assert 'aria-describedby="name-hint"' in html
        assert 'class="form-control gw-w-s"' in html
        assert "required" not in html
        assert "maxlength" not in html

    def test_what_may_stay_empty_says_so(self) -> None:
        assert "(optional)" in shown("forms:field", "{{ field(form.email) }}", form=SampleForm())
        assert "(optional)" not in shown("forms:field", "{{ field(form.name) }}", form=SampleForm())

    def test_a_wrong_field_says_it_in_words_and_to_screen_readers(self) -> None:
        html = shown("forms:field", "{{ field(form.name) }}", form=sent())

        assert 'class="gw-f is-wrong"' in html
        assert 'aria-invalid="true"' in html
        assert 'aria-describedby="name-hint name-error"' in html
        assert re.search(r'id="name-error">.*Error:.*Enter the name</span>', html)

    def test_what_was_typed_is_shown_again_but_never_a_secret(self) -> None:
        form = sent(name="Łukasz <O'Żółć>", secret="a long password")
        html = shown("forms:field", "{{ field(form.name) }}{{ field(form.secret) }}", form=form)

        assert "Łukasz &lt;O&#39;Żółć&gt;" in html
        assert "a long password" not in html

    def test_summary_and_field_say_the_same_and_each_link_leads_to_a_control(self) -> None:
        form = sent(**{"shops-0-platform": "x"})
        summary = shown("forms:error_summary", "{{ error_summary(form) }}", form=form)
        page = shown(
            "forms:field, radios",
            "{{ radios(form.typed_by) }}{{ field(form.name) }}{{ field(form.shops[0].url) }}",
            form=form,
        )
        links = re.findall(r'href="#([^"]+)">([^<]+)<', summary)

        assert [text for _, text in links] == ["Say who is typing", "Enter the name", "Enter the shop&#39;s address"]
        for target, text in links:
            assert f'id="{target}"' in page
            assert f"</span>{text}</span>" in page

    def test_no_summary_without_a_problem(self) -> None:
        assert shown("forms:error_summary", "{{ error_summary(form) }}", form=SampleForm()).strip() == ""

    def test_choices_keep_what_was_chosen_and_tie_hints_to_their_line(self) -> None:
        form = sent(typed_by="client", services="ship")
        html = shown(
            "forms:radios, checkboxes", "{{ radios(form.typed_by) }}{{ checkboxes(form.services) }}", form=form
        )

        assert re.search(r'value="client" checked[^>]*aria-describedby="([^"]+)"', html)
        assert re.search(r'value="ship" checked', html)
        assert not re.search(r'value="pay" checked', html)

    def test_hidden_fields_carry_the_token_and_no_ids(self) -> None:
        html = shown("forms:hidden", "{{ hidden(form) }}", form=SampleForm(data={"key": "k1"}))

        assert html.count('name="csrf_token"') == 1
        assert 'name="key" value="k1"' in html
        assert " id=" not in html


@pytest.mark.usefixtures("request_context")
class TestLists:
    def test_the_pager_keeps_the_filters(self) -> None:
        html = shown("list:pager", "{{ pager(page) }}", page={"previous": None, "next": "c/2"})

        assert 'href="?q=a&amp;lang=en&amp;cursor=c/2"' in html or 'href="?q=a&amp;lang=en&amp;cursor=c%2F2"' in html
        assert "Previous" not in html

    def test_a_table_says_its_columns_and_each_cell_says_its_own_on_a_phone(self) -> None:
        html = shown(
            "list:table, cell",
            '{% call table("Leads", ["Company", ""]) %}<tr>{% call cell("Company") %}x{% endcall %}</tr>{% endcall %}',
        )

        assert html.count('<th scope="col"') == 2
        assert ">Actions<" in html
        assert 'data-l="Company"' in html


@pytest.mark.usefixtures("request_context")
class TestRecords:
    def test_an_empty_value_is_said_in_words(self) -> None:
        html = shown(
            "data:summary", "{{ summary(rows) }}", rows=[("Phone", ""), ("Lines", ["a", "", "b"]), ("None", 0)]
        )

        assert "Not given" in html
        assert "a<br>b" in html
        assert "<dd>0</dd>" in html

    def test_what_people_typed_is_never_markup(self) -> None:
        at = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
        entry = {"at": at, "who": "<b>", "text": "", "changes": [("Phone", "<i>", "<u>")]}
        html = shown("data:timeline, note", '{{ timeline([e]) }}{{ note("<b>", "", e.at, "<s>") }}', e=entry)

        assert not re.search("<(b|i|u|s)>(?!Phone)", html)

    def test_only_what_differs_is_marked(self) -> None:
        columns = [{"mark": "A", "title": "A"}, {"mark": "B", "title": "B"}]
        rows = [
            {"label": "Town", "values": ["Oslo", "Rome"], "differs": True},
            {"label": "Name", "values": ["x", "x"], "differs": False},
        ]
        html = shown("compare:compare", '{{ compare("Two", columns, rows) }}', columns=columns, rows=rows)

        assert re.findall("<mark>([^<]+)</mark>", html) == ["Rome"]
        assert html.count('class="is-same"') == 1


@pytest.mark.usefixtures("request_context")
class TestPages:
    def test_a_page_with_errors_says_so_in_its_title(self) -> None:
        source = '{% extends "layout/plain.html" %}{% block title %}Sign in{% endblock %}'

        assert "<title>Sign in · Gangway</title>" in render_template_string(source)
        assert "<title>Error: Sign in · Gangway</title>" in render_template_string(source, form=sent())

    @pytest.mark.parametrize("layout", ["public", "plain", "panel", "desk"])
    def test_every_layout_offers_all_languages_and_runs_nothing_inline(self, layout: str) -> None:
        html = render_template_string(f'{{% extends "layout/{layout}.html" %}}')

        assert re.findall(r'hreflang="(\w+)"', html) == ["en", "nl", "pl", "fi", "fr"]
        assert "?q=a&amp;lang=fi" in html
        assert 'id="main"' in html
        assert 'id="live"' in html
        assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 429, 500, 503])
    def test_an_error_page_stands_alone(self, app: Flask, status: int) -> None:
        """No form, no token, nothing of the address: equal answers are equal bytes."""
        page = render_template(f"errors/{status}.html")
        with app.test_request_context("/quite/another?q=b&lang=en"):
            other = render_template(f"errors/{status}.html")

        assert page == other
        assert "<form" not in page
        assert "<h1>" in page
        assert "csrf" not in page

    def test_a_message_may_carry_undo(self) -> None:
        html = shown("feedback:receipt", '{{ receipt("Accepted.", "/undo", {"version": 3}) }}')

        assert 'method="post" action="/undo"' in html
        assert 'name="version" value="3"' in html
        assert "Undo" in html


def test_an_error_page_needs_no_database(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(db.session, "get", away)
    monkeypatch.setattr(db.session, "execute", away)

    assert "Page not found" in client.get("/nowhere").text
    assert client.get("/nowhere", headers={"Accept-Language": "fi"}).text.count('lang="fi"') >= 2


def test_a_page_behind_a_personal_link_tells_nobody_its_address(app: Flask) -> None:
    with app.test_request_context("/r/x"):
        csp.private_link()
        answer = app.process_response(app.make_response("<p>"))

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_a_mail_is_shown_in_our_frame_with_its_own_styles_and_nothing_more(app: Flask) -> None:
    with app.test_request_context("/"):
        answer = app.process_response(csp.framed_mail(app.make_response("<p>")))
    policy = answer.headers["Content-Security-Policy"]

    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
