"""Everybody's tokens at the desk: administrators alone see all of them, narrow the list, and withdraw any."""

from __future__ import annotations

import csv
import io
import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import StaffRole
from app.access.scopes import Scope
from app.api import queries
from app.api.queries import Narrowed, State, Whose
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import NotFound
from app.history.models import HistoryEntry
from app.outbox.models import MailRow
from app.partners.models import Reseller
from app.people.models import ApiToken, HeldRole, Membership, Person
from app.people.service import tokens
from app.people.service.tokens import TokenDetails, TokenOver
from tests import sentences as s
from tests.api.sentences import BASE, Caller, a_caller
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

LIST = "/desk/api/tokens"


def an_administrator(client: FlaskClient) -> Person:
    boss = s.a_staff_member("administrator", name="Ruth Abendroth")
    s.sign_in(client, boss)
    return boss


def a_services(app: Flask, by: Person, name: str = "Web shop") -> Caller:
    service = tokens.make_service(name, frozenset({StaffRole.SALES}), by)
    asked = TokenDetails("Orders", frozenset({Scope.LEADS_READ}), now() + timedelta(days=30))
    made, secret = tokens.make(service, asked, by)
    return Caller(app, secret, made)


def shown(page: str) -> set[str]:
    """How the tokens on the page begin."""
    return set(re.findall(r"<code>(gw_[^…]*)…</code>", page))


def opens(caller: Caller) -> int:
    return int(caller.app.test_client().get(f"{BASE}/leads", headers=_bearer(caller)).status_code)


def _bearer(caller: Caller) -> dict[str, str]:
    return {"Authorization": f"Bearer {caller.secret}"}


def state_of(caller: Caller) -> State:
    db.session.expire_all()
    return queries.one(caller.token.ref).state


def mails() -> list[MailRow]:
    return list(db.session.scalars(db.select(MailRow).where(MailRow.template == "token_withdrawn")))


def take_away(client: FlaskClient, caller: Caller) -> Any:
    path = f"{LIST}/{caller.token.ref}/withdrawal"
    return s.post(client, path, page="/desk/api")


# --- the list ---------------------------------------------------------------------------------------------------------


def test_an_administrator_sees_everybodys_tokens_and_nobody_elses_secret(app: Flask, client: FlaskClient) -> None:
    boss = an_administrator(client)
    assert "No tokens yet" in client.get(LIST).text
    of_staff = a_caller(app, s.a_staff_member("sales", name="Sabine Vollmer"))
    of_member = a_caller(app, s.owner_of(s.a_reseller("Polana")), Scope.LEADS_READ)
    of_service = a_services(app, boss)
    own = a_caller(app, boss)
    page = client.get(LIST).text
    everybody = (of_staff, of_member, of_service, own)
    assert shown(page) == {caller.token.prefix for caller in everybody}
    for told in ("Sabine Vollmer", "Polana", "Web shop", "Ruth Abendroth", "Read leads", "Works", "Never"):
        assert told in page
    file = client.get(f"{LIST}.csv").text
    for caller in everybody:
        for text in (page, file, client.get(f"{LIST}/{caller.token.ref}/withdrawal").text):
            assert caller.secret not in text
            assert caller.token.token_hash not in text
    assert "service.invalid" not in page + file


@pytest.mark.parametrize("role", [role.value for role in StaffRole if role != StaffRole.ADMINISTRATOR])
def test_no_other_role_sees_or_withdraws_them(app: Flask, client: FlaskClient, role: str) -> None:
    caller = a_caller(app, s.a_staff_member("sales"))
    s.sign_in(client, s.a_staff_member(role))
    paths = (LIST, f"{LIST}.csv", f"{LIST}.xlsx", f"{LIST}/{caller.token.ref}/withdrawal")
    assert {client.get(path).status_code for path in paths} == {403}
    assert s.post(client, paths[-1], page="").status_code == 403
    assert opens(caller) == 200


def test_members_and_visitors_see_nothing_of_them(app: Flask, client: FlaskClient) -> None:
    caller = a_caller(app, s.a_staff_member("sales"))
    assert client.get(LIST).status_code == 303
    s.sign_in(client, s.owner_of(s.a_reseller()))
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}/{caller.token.ref}/withdrawal").status_code == 403


def test_it_says_whether_a_token_still_opens_anything(app: Flask, time_machine: Any) -> None:
    moment = now()
    time_machine.move_to(moment, tick=False)
    seller, reseller = s.a_staff_member("sales"), s.a_reseller()
    working, withdrawn, short = a_caller(app, seller), a_caller(app, seller), a_caller(app, seller, days=1)
    of_member = a_caller(app, s.owner_of(reseller))
    tokens.withdraw(withdrawn.token, seller)
    time_machine.move_to(moment + timedelta(days=2), tick=False)
    every = (working, withdrawn, short, of_member)
    assert [state_of(caller) for caller in every] == [State.WORKS, State.WITHDRAWN, State.EXPIRED, State.WORKS]
    assert [opens(caller) for caller in every] == [200, 401, 401, 200]


def test_a_token_rests_while_its_owner_has_no_access(app: Flask) -> None:
    seller, reseller, boss = s.a_staff_member("sales"), s.a_reseller(), s.a_staff_member("administrator")
    of_staff, of_member, of_service = a_caller(app, seller), a_caller(app, s.owner_of(reseller)), a_services(app, boss)
    every = (of_staff, of_member, of_service)

    def stand() -> list[State]:
        return [state_of(caller) for caller in every]

    assert stand() == [State.WORKS] * 3
    with write():
        db.session.execute(db.update(Reseller).values(state="suspended"))
        db.session.execute(db.delete(HeldRole).where(HeldRole.person_id == seller.id))
    tokens.close_service(db.session.get_one(Person, of_service.token.person_id), boss)
    assert stand() == [State.RESTS] * 3
    assert 200 not in [opens(caller) for caller in every]
    with write():
        db.session.execute(db.update(Reseller).values(state="active"))
        db.session.add(HeldRole(person_id=seller.id, role=StaffRole.SALES))
    assert stand() == [State.WORKS, State.WORKS, State.RESTS]
    with write():
        db.session.execute(db.update(Membership).values(ended_at=now()))
        db.session.execute(db.update(Person).where(Person.id == seller.id).values(closed_at=now()))
    assert stand() == [State.RESTS] * 3
    assert 200 not in [opens(caller) for caller in every]


def test_the_list_is_narrowed(app: Flask, client: FlaskClient) -> None:
    boss = an_administrator(client)
    of_staff = a_caller(app, s.a_staff_member("sales", name="Zofia Żółć"))
    of_member = a_caller(app, s.owner_of(s.a_reseller("Polana")))
    of_service = a_services(app, boss)
    tokens.withdraw(of_service.token, boss)

    def found(**asked: str) -> set[str]:
        return shown(client.get(LIST, query_string=asked).text)

    staff, member, service = (caller.token.prefix for caller in (of_staff, of_member, of_service))
    assert found(q="zolc") == {staff}
    assert found(q="POLANA") == {member}
    assert found(q="orders shop") == {service}
    assert found(q=of_member.token.name.lower()) == {member}
    assert found(q=staff) == {staff}
    assert found(q="%") == found(q="_") == set()
    assert found(q="Polana zolc") == set()
    assert found(q="\0 \a") == found(q=" ") == found() == {staff, member, service}
    assert found(whose="staff") == {staff}
    assert found(whose="resellers") == {member}
    assert found(whose="services") == found(state="withdrawn") == {service}
    assert found(state="works", whose="services") == set()
    assert found(state="made up", whose="made up", cursor="made up") == {staff, member, service}
    part = client.get(f"{LIST}?state=works", headers={"HX-Request": "true"}).text
    assert shown(part) == {staff, member}
    assert "<html" not in part
    rows = list(csv.reader(io.StringIO(client.get(f"{LIST}.csv?state=withdrawn").text), delimiter=";"))
    assert [row[1] for row in rows[1:]] == ["Web shop"]


def test_a_whole_token_that_was_found_somewhere_leads_to_its_owner_and_is_not_shown(
    app: Flask, client: FlaskClient
) -> None:
    an_administrator(client)
    caller, _other = a_caller(app, s.a_staff_member("sales")), a_caller(app, s.a_staff_member("sales"))
    answer = client.get(LIST, query_string={"q": f" {caller.secret}"})
    assert (answer.status_code, answer.location) == (303, f"{LIST}?q={caller.token.prefix}")
    assert shown(client.get(answer.location).text) == {caller.token.prefix}


def test_many_cost_as_many_queries_as_few(app: Flask, client: FlaskClient) -> None:
    an_administrator(client)
    a_caller(app, s.owner_of(s.a_reseller()))
    with counting(app) as few:
        client.get(LIST)
    boss = s.a_staff_member("administrator")
    for number in range(4):
        a_caller(app, s.a_staff_member("sales"))
        a_caller(app, s.owner_of(s.a_reseller()))
        a_services(app, boss, f"Service {number}")
    with counting(app) as many:
        client.get(LIST)
    assert many == few.count
    assert many <= 6


def test_a_long_list_is_read_page_by_page(app: Flask, client: FlaskClient) -> None:
    an_administrator(client)
    person = s.a_staff_member("sales")
    with write():
        for number in range(120):
            made = ApiToken(
                person_id=person.id, name=f"Token {number}", prefix=f"gw_{number:06}", token_hash=f"{number:064}",
                scopes=["leads:read"], created_by_id=person.id, created_at=now(), expires_at=now() + timedelta(days=1),
            )  # fmt: skip
            db.session.add(made)
            db.session.flush()
    seen: list[str] = []
    path = f"{LIST}?whose=staff"
    for _page in range(3):
        page = client.get(path).text
        seen += re.findall(r"<code>(gw_[^…]*)…</code>", page)
        onwards = re.search(r'rel="next" href="([^"]+)"', page)
        path = LIST + onwards[1].replace("&amp;", "&") if onwards else ""
    assert not path
    assert seen == [f"gw_{number:06}" for number in reversed(range(120))]


# --- withdrawing ------------------------------------------------------------------------------------------------------


def test_any_token_is_withdrawn_after_a_question_and_its_owner_is_told(app: Flask, client: FlaskClient) -> None:
    boss = an_administrator(client)
    owner = s.owner_of(s.a_reseller())
    caller = a_caller(app, owner)
    page = client.get(f"{LIST}/{caller.token.ref}/withdrawal").text
    assert "Withdraw this token?" in page
    assert "A mail tells the owner." in page
    assert opens(caller) == 200, "looking changes nothing"
    assert take_away(client, caller).location == LIST
    assert opens(caller) == 401
    [mail] = mails()
    assert (mail.person_id, mail.args["token"]) == (owner.id, caller.token.name)
    entry = db.session.scalars(db.select(HistoryEntry).where(HistoryEntry.verb == "token.withdrawn")).one()
    assert (entry.record_type, entry.record_id, entry.actor_id) == ("api_token", caller.token.id, boss.id)
    assert "Withdrawn" in client.get(LIST).text


def test_nobody_is_told_of_their_own_of_a_services_or_without_access(app: Flask, client: FlaskClient) -> None:
    boss = an_administrator(client)
    left = s.a_staff_member("sales")
    of_one_who_left = a_caller(app, left)
    with write():
        db.session.execute(db.update(Person).where(Person.id == left.id).values(closed_at=now()))
    for caller in (a_caller(app, boss), a_services(app, boss), of_one_who_left):
        assert "A mail tells" not in client.get(f"{LIST}/{caller.token.ref}/withdrawal").text
        assert take_away(client, caller).status_code == 303
        assert state_of(caller) == State.WITHDRAWN
    assert mails() == []


def test_whoever_comes_too_late_sees_how_it_stands(app: Flask, client: FlaskClient, time_machine: Any) -> None:
    moment = now()
    time_machine.move_to(moment, tick=False)
    owner = s.a_staff_member("sales")
    withdrawn, short = a_caller(app, owner), a_caller(app, owner, days=1)
    tokens.withdraw(withdrawn.token, owner)
    time_machine.move_to(moment + timedelta(days=1, minutes=1), tick=False)
    an_administrator(client)
    for caller, said in ((withdrawn, "It was withdrawn on"), (short, "It expired on")):
        page = client.get(f"{LIST}/{caller.token.ref}/withdrawal")
        assert (page.status_code, said in page.text, "Withdraw the token" in page.text) == (200, True, False)
        late = take_away(client, caller)
        assert late.status_code == 409
        assert said in late.text
        assert "<title>Error: " in late.text
    assert mails() == []
    verbs = db.session.scalars(db.select(HistoryEntry.verb).where(HistoryEntry.verb == "token.withdrawn")).all()
    assert len(verbs) == 1, "the owner's alone"


def test_made_up_and_erased_tokens_are_not_there(app: Flask, client: FlaskClient) -> None:
    an_administrator(client)
    caller = a_caller(app, s.a_staff_member("sales"))
    with write():
        db.session.execute(db.delete(ApiToken).where(ApiToken.id == caller.token.id))
    for ref in ("K-00000000", caller.token.ref, caller.token.prefix):
        assert client.get(f"{LIST}/{ref}/withdrawal").status_code == 404
        assert s.post(client, f"{LIST}/{ref}/withdrawal", page="/desk/api").status_code == 404
    with pytest.raises(NotFound):
        tokens.take_away(caller.token, s.a_staff_member("administrator"))


def test_of_two_administrators_and_the_owner_at_once_one_withdraws_it(app: Flask) -> None:
    owner = s.a_staff_member("sales")
    caller = a_caller(app, owner)
    bosses = [s.a_staff_member("administrator").id for _one in range(2)]
    id, owner_id = caller.token.id, owner.id
    gate = threading.Barrier(3, timeout=20)
    outcomes: list[str] = []

    def run(by: int) -> None:
        with app.app_context():
            made, person = db.session.get_one(ApiToken, id), db.session.get_one(Person, by)
            gate.wait()
            try:
                (tokens.withdraw if by == owner_id else tokens.take_away)(made, person)
                outcomes.append("owner" if by == owner_id else "done")
            except TokenOver:
                outcomes.append("too late")

    threads = [threading.Thread(target=run, args=(by,)) for by in (*bosses, owner_id)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("owner") == 1, "the owner wanted it gone, and it is"
    done = outcomes.count("done")
    assert sorted(outcomes) == sorted(["owner", *["done"] * done, *["too late"] * (2 - done)])
    db.session.rollback()
    entries = db.session.scalars(db.select(HistoryEntry).where(HistoryEntry.verb == "token.withdrawn")).all()
    assert len(entries) == 1
    assert done == (0 if entries[0].actor_id == owner_id else 1)
    assert len(mails()) == done


def test_the_two_ways_of_asking_say_the_same(app: Flask) -> None:
    """What the list says of many at once is what each request of a program is told."""
    boss = s.a_staff_member("administrator")
    seller = s.a_staff_member("sales")
    for caller in (a_caller(app, seller), a_caller(app, s.owner_of(s.a_reseller())), a_services(app, boss)):
        assert caller.token.is_open
    with write():
        db.session.execute(db.delete(HeldRole).where(HeldRole.person_id == seller.id))
    db.session.expire_all()
    for found in queries.page(Narrowed(), None).items:
        assert found.token.has_power == (found.state == State.WORKS)
    assert queries.counts(Narrowed(whose=Whose.STAFF)) == {
        State.WORKS: 0,
        State.RESTS: 1,
        State.EXPIRED: 0,
        State.WITHDRAWN: 0,
    }
