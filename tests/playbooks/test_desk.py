"""The editor at the desk: who may, writing a playbook from nothing, two at once, preview, comparing, publishing."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.core.i18n import LOCALES
from app.people.models import Person
from app.playbooks import editing, queries, schema, service, shelf, uses
from app.playbooks.models import Playbook
from app.playbooks.outline import from_content
from tests.playbooks.sentences import a_content, said
from tests.queries import counting
from tests.sentences import a_staff_member, csrf_of, sign_in

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]


@pytest.fixture
def person() -> Person:
    return a_staff_member("content_editor")


@pytest.fixture
def editor(client: FlaskClient, person: Person) -> FlaskClient:
    return sign_in(client, person)


def a_file(content: dict[str, Any] | None = None) -> bytes:
    return schema.write(from_content(content or a_content())).encode()


@pytest.fixture
def playbook(person: Person) -> Playbook:
    """Published once, with an open draft."""
    brought = service.import_file(a_file(), "opening.yaml", person, publish=True)
    service.start_draft(queries.one(brought.playbook.ref), person)
    return brought.playbook


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def post(client: FlaskClient, path: str, data: dict[str, Any]) -> Any:
    return client.post(path, data={"csrf_token": csrf_of(client, "/desk/playbooks/new"), **data})


def drafted(playbook: Playbook) -> dict[str, Any]:
    db.session.expire_all()
    found = queries.draft(playbook.id)
    assert found is not None
    return found.content


def words(name: str, english: str) -> dict[str, str]:
    return {f"{name}-{locale}": value for locale, value in said(english).items()}


def known_on(page: str) -> str:
    found = re.search(r'name="known" value="(\w+)"', page)
    assert found
    return found[1]


def filled(client: FlaskClient, path: str, **changes: Any) -> dict[str, Any]:
    """What the form at `path` would send, with other values in some fields."""
    page = text(client, path)
    sent: dict[str, Any] = {"known": known_on(page)}
    main = page[page.index('<form class="gw-form"') :].partition("</form>")[0]
    for tag in re.findall(r"<input[^>]*>", main):
        name, value = re.search(r'name="([\w-]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' in tag and "checked" in tag:
            sent.setdefault(name[1], []).append(value[1] if value else "y")
        elif name and 'type="checkbox"' not in tag and 'type="hidden"' not in tag:
            sent[name[1]] = value[1] if value else ""
    sent |= dict(re.findall(r'<textarea[^>]*name="([\w-]+)"[^>]*>\n?(.*?)</textarea>', main, re.DOTALL))
    selects = re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', main, re.DOTALL)
    chosen = {name: re.search(r'value="([^"]*)"[^>]* selected', options) for name, options in selects}
    sent |= {name: found[1] if found else "" for name, found in chosen.items()}
    return {**{name: unescaped(value) for name, value in sent.items()}, **changes}


def unescaped(value: Any) -> Any:
    return value.replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&") if isinstance(value, str) else value


# --- who may ----------------------------------------------------------------------------------------------------------


def test_only_those_who_keep_playbooks_see_them(app: Flask, playbook: Playbook) -> None:
    for role, status in (("team_leader", 200), ("administrator", 200), ("sales", 403), ("finance", 403)):
        client = sign_in(app.test_client(), a_staff_member(role))
        assert client.get("/desk/playbooks").status_code == status, role
        assert client.get(f"/desk/playbooks/{playbook.ref}/draft").status_code == status, role


# --- from nothing -----------------------------------------------------------------------------------------------------


def test_a_playbook_is_written_from_nothing_and_published(editor: FlaskClient) -> None:
    answer = post(editor, "/desk/playbooks/new", {"code": "fresh", "audience": "customer", **words("title", "Fresh")})
    assert answer.status_code == 303
    made = queries.by_code("fresh")
    assert made is not None
    base = f"/desk/playbooks/{made.ref}/draft"
    assert answer.headers["Location"].endswith(base)
    assert "cannot be published yet" in text(editor, f"{base}/publication")

    for address, data in (
        ("phases", words("title", "Begin")),
        ("modules", words("label", "Website")),
        ("facts", {**words("question", "Has payroll?"), "kind": "yes_no", "default": "yes"}),
        ("facts", {**words("question", "Which tier?"), "kind": "one", "code": "tier"}),
        ("facts/tier/options", words("label", "Large")),
        ("documents", {**words("title", "Agreement"), **words("body", "Words")}),
        ("trainings", {**words("title", "Basics"), "phase": "begin", "minutes": "60", "audience": "customer"}),
        (
            "tasks",
            {
                **words("title", "Choose a look"),
                "phase": "begin",
                "kind": "choice",
                "side": "customer",
                "workdays": "3",
                "required": "y",
                "module": "website",
                "when": 'has_payroll and tier == "large"',
                "due_anchor": "kickoff",
                "due_workdays": "5",
            },
        ),
        (
            "tasks/choose-a-look/options",
            {**words("label", "Drawn"), "service": "design", "net": "149", "currency": "EUR"},
        ),
    ):
        answer = post(editor, f"{base}/things/{address}", data)
        assert answer.status_code == 303, (address, answer.get_data(as_text=True))

    content = drafted(made)
    task = content["tasks"][0]
    assert task["due"] == {"anchor": "kickoff", "workdays": 5}
    assert task["options"][0]["price"] == {"service": "design", "net": "149.00", "currency": "EUR"}
    assert content["facts"][0]["default"] is True
    assert schema.faults_in(content) == []
    row_version = queries.version(made.id, 1).row_version
    answer = post(editor, f"{base}/publication", {"row_version": str(row_version), "note": "The first"})
    assert answer.status_code == 303
    db.session.expire_all()
    assert queries.newest(made.id) is not None
    assert queries.draft(made.id) is None


def test_a_new_playbook_needs_a_code_that_is_free(editor: FlaskClient, playbook: Playbook) -> None:
    for code in ("opening", "Not A Code", ""):
        answer = post(editor, "/desk/playbooks/new", {"code": code, "audience": "customer", **words("title", "Mine")})
        assert answer.status_code == 422
        assert 'href="#code"' in answer.get_data(as_text=True)


# --- editing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "basics",
        "things/phases/start",
        "things/modules/website",
        "things/facts/tier",
        "things/facts/tier/options/small",
        "things/trainings/basics",
        "things/documents/agreement",
        "things/tasks/look",
        "things/tasks/look/options/own",
        "things/tasks/kick-off",
        "things/tasks/participants",
        "things/tasks/go-live",
    ],
)
def test_saving_a_form_as_it_is_shown_changes_nothing(editor: FlaskClient, playbook: Playbook, address: str) -> None:
    before = drafted(playbook)
    path = f"/desk/playbooks/{playbook.ref}/draft/{address}"
    answer = post(editor, path, filled(editor, path))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert drafted(playbook) == before


def test_a_change_is_kept_and_told_in_the_history(editor: FlaskClient, playbook: Playbook) -> None:
    path = f"/desk/playbooks/{playbook.ref}/draft/things/tasks/look"
    answer = post(editor, path, filled(editor, path, **{"title-fi": "Valitkaa ulkoasu", "workdays": "4"}))
    assert answer.status_code == 303
    task = drafted(playbook)["tasks"][1]
    assert (task["title"]["fi"], task["workdays"]) == ("Valitkaa ulkoasu", 4)
    assert task["options"], "the options have pages of their own"
    assert "tasks/look" in text(editor, f"/desk/playbooks/{playbook.ref}")
    assert queries.version(playbook.id, 1).content["tasks"][1]["workdays"] == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title-en": ""}, "title-en"),
        ({"when": "payrol"}, "when"),
        ({"when": "__import__('os')"}, "when"),
        ({"role": "designer"}, "role"),
        ({"phase": "nowhere"}, "phase"),
        ({"workdays": "999"}, "workdays"),
        ({"due_anchor": "", "due_workdays": "3"}, "due_workdays"),
        ({"needs": ["go-live"]}, "needs-0"),
    ],
)
def test_a_mistake_is_said_beside_its_field(
    editor: FlaskClient, playbook: Playbook, changes: dict[str, Any], field: str
) -> None:
    path = f"/desk/playbooks/{playbook.ref}/draft/things/tasks/look"
    before = drafted(playbook)
    answer = post(editor, path, filled(editor, path, **{"hint-nl": "Blijft staan", **changes}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert "Blijft staan" in page
    assert drafted(playbook) == before


def test_two_may_edit_different_things_at_once_but_not_the_same(
    app: Flask, editor: FlaskClient, playbook: Playbook
) -> None:
    other = sign_in(app.test_client(), a_staff_member("team_leader", name="Tom Aldous"))
    look = f"/desk/playbooks/{playbook.ref}/draft/things/tasks/look"
    start = f"/desk/playbooks/{playbook.ref}/draft/things/tasks/kick-off"
    mine = filled(editor, look, **{"title-en": "Mine"})
    theirs = filled(other, look, **{"title-en": "Theirs"})
    elsewhere = filled(other, start, **{"title-en": "Elsewhere"})
    assert post(other, start, elsewhere).status_code == 303
    assert post(other, look, theirs).status_code == 303
    answer = post(editor, look, mine)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Mine" in page
    assert drafted(playbook)["tasks"][1]["title"]["en"] == "Theirs"
    assert post(editor, look, {**mine, "known": known_on(page)}).status_code == 303
    assert drafted(playbook)["tasks"][1]["title"]["en"] == "Mine"
    assert drafted(playbook)["tasks"][0]["title"]["en"] == "Elsewhere"


def test_what_was_typed_for_something_that_is_gone_is_kept(editor: FlaskClient, playbook: Playbook) -> None:
    base = f"/desk/playbooks/{playbook.ref}/draft"
    mine = filled(editor, f"{base}/things/tasks/participants", **{"title-en": "Mine"})
    assert post(editor, f"{base}/removal/tasks/participants", {}).status_code == 303
    answer = post(editor, f"{base}/things/tasks/participants", mine)
    assert answer.status_code == 409
    assert "Mine" in answer.get_data(as_text=True)


def test_a_published_version_cannot_be_edited_any_more(editor: FlaskClient, playbook: Playbook, person: Person) -> None:
    path = f"/desk/playbooks/{playbook.ref}/draft/things/tasks/look"
    mine = filled(editor, path, **{"title-en": "Mine"})
    found = queries.draft(playbook.id)
    assert found is not None
    service.publish(found, found.row_version, "", person)
    answer = post(editor, path, mine)
    assert answer.status_code == 409
    assert "Mine" in answer.get_data(as_text=True)
    assert queries.draft(playbook.id) is None


def order(playbook: Playbook) -> list[tuple[str, str]]:
    return [(task["code"], task["phase"]) for task in drafted(playbook)["tasks"]]


def test_tasks_move_within_their_phase_and_over_its_edge(editor: FlaskClient, playbook: Playbook) -> None:
    base = f"/desk/playbooks/{playbook.ref}/draft/position/tasks"
    post(editor, f"{base}/look", {"to": "up"})
    assert order(playbook)[:2] == [("look", "start"), ("kick-off", "start")]
    post(editor, f"{base}/look", {"to": "up"})
    assert order(playbook)[:2] == [("look", "start"), ("kick-off", "start")], "there is nothing above"
    post(editor, f"{base}/kick-off", {"to": "down"})
    assert order(playbook)[1] == ("kick-off", "work"), "first of the next phase"
    post(editor, f"{base}/kick-off", {"to": "up"})
    assert ("kick-off", "start") in order(playbook)


def test_a_copy_has_a_code_of_its_own(editor: FlaskClient, playbook: Playbook) -> None:
    base = f"/desk/playbooks/{playbook.ref}/draft/duplicate/tasks/look"
    post(editor, base, {})
    post(editor, base, {})
    assert [code for code, _phase in order(playbook)][:4] == ["kick-off", "look", "look-3", "look-2"]
    assert [fault for fault in schema.faults_in(drafted(playbook)) if not fault.unfinished] == []


def test_what_is_used_is_not_removed(editor: FlaskClient, playbook: Playbook) -> None:
    base = f"/desk/playbooks/{playbook.ref}/draft"
    before = drafted(playbook)
    for address, user in (
        ("phases/start", "Kick-off"),
        ("modules/website", "Choose a look"),
        ("facts/modules", "fact"),
    ):
        assert post(editor, f"{base}/removal/{address}", {}).status_code == 303
        assert user in text(editor, base)
    assert drafted(playbook) == before
    post(editor, f"{base}/removal/tasks/look", {})
    assert "needs" not in drafted(playbook)["tasks"][-1], "nobody waits for what is gone"


@pytest.mark.parametrize(
    "address", ["tasks/nothing", "nothing", "tasks/look/nothing/x", "phases/start/options", "tasks//x", "facts/tier/x"]
)
def test_an_address_that_leads_nowhere_is_not_found(editor: FlaskClient, playbook: Playbook, address: str) -> None:
    assert editor.get(f"/desk/playbooks/{playbook.ref}/draft/things/{address}").status_code == 404
    assert post(editor, f"/desk/playbooks/{playbook.ref}/draft/removal/{address}", {}).status_code == 404


# --- looking ----------------------------------------------------------------------------------------------------------


def test_the_preview_speaks_each_language_and_follows_the_facts(editor: FlaskClient, playbook: Playbook) -> None:
    path = f"/desk/playbooks/{playbook.ref}/versions/2/preview"
    for locale in LOCALES:
        assert said("Choose a look")[locale] in text(editor, f"{path}?text={locale}")
    without = text(editor, f"{path}?text=fi&chosen=1")
    assert "Choose a look" not in without
    assert "Kick-off (fi)" in without
    assert "Choose a look" in text(editor, f"{path}?chosen=1&fact-modules=website")


def test_the_preview_takes_no_odd_answer(editor: FlaskClient, playbook: Playbook) -> None:
    path = f"/desk/playbooks/{playbook.ref}/versions/2/preview?chosen=1"
    odd = text(editor, f"{path}&fact-modules=nonsense&fact-tier=nonsense&fact-shops=99999999999999&fact-other=1")
    assert "Kick-off" in odd
    assert "Choose a look" not in odd
    assert 'value="99999999999999"' not in odd
    assert "Choose a look" in text(editor, f"{path}&fact-modules=website&fact-shops=%C2%B2&fact-tier=large")


def test_a_version_is_shown_and_downloaded(editor: FlaskClient, playbook: Playbook) -> None:
    assert "Kick-off (pl)" in text(editor, f"/desk/playbooks/{playbook.ref}/versions/1?text=pl")
    answer = editor.get(f"/desk/playbooks/{playbook.ref}/versions/1.yaml")
    assert answer.data == a_file()
    assert 'filename="opening.yaml"' in answer.headers["Content-Disposition"]
    assert editor.get(f"/desk/playbooks/{playbook.ref}/versions/9").status_code == 404
    assert editor.get(f"/desk/playbooks/{playbook.ref}/versions/99999999999").status_code == 404


def test_the_comparison_tells_what_differs(editor: FlaskClient, playbook: Playbook) -> None:
    path = f"/desk/playbooks/{playbook.ref}/comparison"
    assert "Nothing differs" in text(editor, path)
    base = f"/desk/playbooks/{playbook.ref}/draft"
    post(editor, f"{base}/things/tasks/look", filled(editor, f"{base}/things/tasks/look", **{"title-fi": "Ulkoasu"}))
    post(editor, f"{base}/removal/tasks/participants", {})
    page = text(editor, f"{path}?from=1&to=2")
    assert "Suomi: Ulkoasu" in page
    assert "Suomi: Choose a look (fi)" in page
    assert "English: Choose a look" not in page, "only what differs"
    assert "Removed" in page
    assert editor.get(f"{path}?from=1&to=7").status_code == 404


def test_the_comparison_says_values_of_every_kind_in_words(editor: FlaskClient, person: Person) -> None:
    before, after = a_content(), a_content()
    after["aim_workdays"] = 25
    after["facts"][1]["default"] = True
    after["facts"][3]["options"][1]["price"] = {"service": "setup", "net": "149.00", "currency": "EUR"}
    after["facts"][3]["options"].append({"code": "huge", "label": said("Huge")})
    after["tasks"][0]["due"]["workdays"] = 7
    after["tasks"][1]["needs"] = []
    after["starting"] = {"within_days": 14, "status": said("Active")}
    for content in (before, after):
        brought = service.import_file(a_file(content), "opening.yaml", person, publish=True)
    page = text(editor, f"/desk/playbooks/{brought.playbook.ref}/comparison?from=1&to=2")
    for words in ("25", "Yes", "Large (large); ", "149.00", "Huge (huge)", "working days: 7", "Active"):
        assert words in page, words
    assert "Small (small)" not in page, "only what differs"


def test_publishing_tells_how_many_running_plans_it_concerns(
    editor: FlaskClient, playbook: Playbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = queries.version(playbook.id, 1)
    monkeypatch.setattr(uses, "_counters", [lambda ids: {first.id: 7} if first.id in ids else {}])
    assert "7 running plans" in text(editor, f"/desk/playbooks/{playbook.ref}/draft/publication")
    assert ">7<" in text(editor, "/desk/playbooks")


def test_publishing_what_somebody_else_changed_asks_again(editor: FlaskClient, playbook: Playbook) -> None:
    path = f"/desk/playbooks/{playbook.ref}/draft/publication"
    post(editor, f"/desk/playbooks/{playbook.ref}/draft/duplicate/tasks/look", {})
    answer = post(editor, path, {"row_version": "1", "note": "New words"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "New words" in page
    assert post(editor, path, {"row_version": "2", "note": "New words"}).status_code == 303
    assert "New words" in text(editor, f"/desk/playbooks/{playbook.ref}")


def test_a_draft_is_thrown_away_and_a_playbook_archived(editor: FlaskClient, playbook: Playbook) -> None:
    base = f"/desk/playbooks/{playbook.ref}"
    assert post(editor, f"{base}/draft/disposal", {"row_version": "9"}).status_code == 409
    assert post(editor, f"{base}/draft/disposal", {"row_version": "1"}).status_code == 303
    assert editor.get(f"{base}/draft").status_code == 404
    assert post(editor, f"{base}/archive", {}).status_code == 303
    assert "Archived on" in text(editor, base)
    assert post(editor, f"{base}/restoration", {}).status_code == 303
    assert post(editor, f"{base}/draft/new", {}).status_code == 303
    assert "Draft of version 2" in text(editor, f"{base}/draft")


# --- files ------------------------------------------------------------------------------------------------------------


def send(client: FlaskClient, content: bytes, name: str = "opening.yaml") -> Any:
    data = {"csrf_token": csrf_of(client, "/desk/playbooks/import"), "file": (BytesIO(content), name)}
    return client.post("/desk/playbooks/import", data=data, content_type="multipart/form-data")


def test_a_file_becomes_a_draft(editor: FlaskClient) -> None:
    assert send(editor, a_file()).status_code == 303
    made = queries.by_code("opening")
    assert made is not None
    assert queries.newest(made.id) is None
    assert drafted(made)["code"] == "opening"
    assert send(editor, a_file()).headers["Location"].endswith(made.ref), "nothing new"
    assert send(editor, a_file(a_content(title=said("Other")))).status_code == 409


@pytest.mark.parametrize(
    ("content", "words_"),
    [
        (b"code: [", "no YAML"),
        (b"a: &a [*a]", "Anchors"),
        (b"x" * 10_000_000, "9.5 MB"),
        (b"", "Choose a file"),
        (a_file().replace(b"kind: choice", b"kind: chance"), "tasks[look].kind"),
        (
            a_file().replace(b"<", b"").replace(b"audience: customer", b"audience: <script>alert(1)</script>"),
            "&lt;script",
        ),
    ],
)
def test_a_wrong_file_is_told_line_by_line_and_changes_nothing(
    editor: FlaskClient, content: bytes, words_: str
) -> None:
    answer = send(editor, content, "" if not content else "wrong.yaml")
    assert answer.status_code == 422
    assert words_ in answer.get_data(as_text=True)
    assert queries.everything() == []


# --- cost -------------------------------------------------------------------------------------------------------------


def test_the_pages_ask_the_database_equally_often_whatever_there_is(
    app: Flask, editor: FlaskClient, playbook: Playbook, person: Person
) -> None:
    for number in range(8):
        service.import_file(a_file(a_content(f"other-{number}")), "other.yaml", person, publish=True)
    for path, most in (
        ("/desk/playbooks", 6),
        (f"/desk/playbooks/{playbook.ref}", 9),
        (f"/desk/playbooks/{playbook.ref}/draft", 7),
        (f"/desk/playbooks/{playbook.ref}/draft/things/tasks/look", 7),
        (f"/desk/playbooks/{playbook.ref}/comparison", 8),
    ):
        text(editor, path)
        with counting(app) as count:
            text(editor, path)
        assert count <= most, (path, count)


# --- cases, criteria, starting date -----------------------------------------------------------------------------------


def test_a_phase_becomes_a_case(editor: FlaskClient, playbook: Playbook) -> None:
    base = f"/desk/playbooks/{playbook.ref}/draft/things/phases"
    answer = post(editor, f"{base}/start", filled(editor, f"{base}/start", case="y"))
    assert answer.status_code == 422
    assert "Enter the status of the customer" in answer.get_data(as_text=True)
    sent = filled(editor, f"{base}/start", case="y", **words("status_words", "Training"))
    assert post(editor, f"{base}/start", sent).status_code == 303
    sent = filled(editor, f"{base}/work", case="y", validated="y", after="start", **words("status_words", "Check"))
    assert post(editor, f"{base}/work", sent).status_code == 303
    first, second = drafted(playbook)["phases"]
    assert first["case"] == {"status": said("Training")}
    assert second["case"] == {"status": said("Check"), "after": ["start"], "validated": True}
    page = text(editor, f"/desk/playbooks/{playbook.ref}/versions/2")
    assert "Worked as a case. Status of the customer: Training" in page
    compared = text(editor, f"/desk/playbooks/{playbook.ref}/comparison?from=1&to=2")
    assert "After the cases: start" in compared
    del sent["case"]
    sent["known"] = filled(editor, f"{base}/work")["known"]
    assert post(editor, f"{base}/work", sent).status_code == 303
    assert "case" not in drafted(playbook)["phases"][1]


def test_the_starting_date_is_said_with_its_status(editor: FlaskClient, playbook: Playbook) -> None:
    base = f"/desk/playbooks/{playbook.ref}/draft/basics"
    answer = post(editor, base, filled(editor, base, within_days="14"))
    assert answer.status_code == 422
    sent = filled(editor, base, within_days="14", **words("status_words", "Active"))
    assert post(editor, base, sent).status_code == 303
    assert drafted(playbook)["starting"] == {"within_days": 14, "status": said("Active")}
    assert "Days after the contract: 14" in text(editor, f"/desk/playbooks/{playbook.ref}/comparison")
    assert post(editor, base, filled(editor, base, within_days="")).status_code == 303
    assert "starting" not in drafted(playbook)


def test_criteria_and_conditions_of_fields_are_written(editor: FlaskClient, playbook: Playbook) -> None:
    base = f"/desk/playbooks/{playbook.ref}/draft/things/tasks"
    task = {"phase": "work", "kind": "fields", "side": "vendor", "workdays": "1", "call": "y"}
    assert post(editor, base, {**words("title", "Usage"), **task}).status_code == 303
    fields = f"{base}/usage/fields"
    number = {**words("label", "Count"), "kind": "number", "required": "y", "at_least": "10"}
    assert post(editor, fields, number).status_code == 303
    wrong = post(editor, fields, {**words("label", "Why"), "kind": "line", "when": "not known"})
    assert wrong.status_code == 422
    assert "known is not known here. Known are: count." in wrong.get_data(as_text=True)
    must = {**words("label", "Visible"), "kind": "yes_no", "required": "y", "must": "y", "when": "count < 10"}
    assert post(editor, fields, must).status_code == 303
    usage = drafted(playbook)["tasks"][-1]
    assert usage["call"] is True
    assert [(one.get("at_least"), one.get("must"), one.get("when")) for one in usage["fields"]] == [
        (10, None, None),
        (None, True, "count < 10"),
    ]
    shown = text(editor, f"/desk/playbooks/{playbook.ref}/versions/2")
    assert "at least 10" in shown
    assert "by telephone" in shown
    refused = post(
        editor, f"{base}/usage/fields", {**words("label", "N"), "kind": "line", "required": "y", "must": "y"}
    )
    assert "has no must" in refused.get_data(as_text=True)


def test_an_option_of_a_fact_may_cost_something(editor: FlaskClient, playbook: Playbook) -> None:
    base = f"/desk/playbooks/{playbook.ref}/draft/things/facts"
    price = {"service": "set-up", "net": "149", "currency": "EUR"}
    assert post(editor, f"{base}/tier/options", {**words("label", "Classic"), **price}).status_code == 303
    assert drafted(playbook)["facts"][3]["options"][-1]["price"]["net"] == "149.00"
    refused = post(editor, f"{base}/modules/options", {**words("label", "Classic"), **price})
    assert refused.status_code == 422
    assert "of a fact of the kind one" in refused.get_data(as_text=True)


def test_cases_no_longer_wait_for_a_removed_phase() -> None:
    content = a_content()
    content["phases"].append({"code": "end", "title": said("End"), "case": {"status": said("On"), "after": ["begin"]}})
    content["phases"].append({"code": "begin", "title": said("Begin"), "case": {"status": said("In")}})
    new, _told = editing.remove(("phases", "begin"))(content)
    assert new["phases"][-1]["case"] == {"status": said("On")}


@pytest.mark.parametrize("code", ["classic-onboarding", "total-service"])
def test_saving_each_page_of_a_shipped_playbook_as_it_is_shown_changes_nothing(
    editor: FlaskClient, person: Person, code: str
) -> None:
    outline = shelf.shipped()[code][0]
    made = service.import_file(schema.write(outline).encode(), f"{code}.yaml", person).playbook
    before = in_any_order(drafted(made))
    base = f"/desk/playbooks/{made.ref}/draft"
    for page in ["basics", *(f"things/{place}" for place in places_of(before))]:
        answer = post(editor, f"{base}/{page}", filled(editor, f"{base}/{page}"))
        assert answer.status_code == 303, (page, re.findall(r'class="gw-wrong".*?</p>', answer.get_data(as_text=True)))
        assert in_any_order(drafted(made)) == before, page


def in_any_order(content: dict[str, Any]) -> dict[str, Any]:
    """What a task waits for has no order of its own."""
    tasks = [{**task, "needs": sorted(task.get("needs", ()))} for task in content["tasks"]]
    return {**content, "tasks": tasks}


def places_of(content: dict[str, Any]) -> list[str]:
    found = []
    for name in ("phases", "facts", "trainings", "documents", "tasks"):
        for thing in content.get(name, ()):
            place = f"{name}/{thing['code']}"
            found.append(place)
            for inner in ("options", "fields"):
                found += [f"{place}/{inner}/{each['code']}" for each in thing.get(inner, ())]
    return found
