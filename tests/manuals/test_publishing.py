"""What the world sees: published, scheduled, restored, taken down, and never something older over something newer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, FieldError, NotFound
from app.history.service import entries_of
from app.integrations.models import Stage
from app.manuals.models import Publication, PublicationKind, PublicationVersion, VersionState
from app.manuals.queries import publications as queries
from app.manuals.service import drafting, publishing
from app.manuals.service.publishing import (
    NothingToPublish,
    NotReady,
    OneIsScheduled,
    Order,
    PublicationMovedOn,
)
from app.outbox.models import MailRow
from tests.leads.test_races import all_at_once
from tests.manuals.published import a_supplied_integration, again, an_editor, begun, both_published, published
from tests.manuals.test_drafting import changed, opened
from tests.software import owner_of

pytestmark = pytest.mark.usefixtures("context")


def edited(publication: Publication, code: str, words: str, locale: str = "en") -> None:
    content, seen = opened(publication, locale)
    drafting.save(publication.id, locale, drafting.Edited(changed(content, code, words), seen), an_editor())


def all_versions() -> list[PublicationVersion]:
    db.session.commit()
    query = sa.select(PublicationVersion).order_by(PublicationVersion.number)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def test_a_version_says_what_the_draft_said_and_never_changes() -> None:
    manual = begun()
    first = published(manual, note="The first one")
    edited(manual, "help", "Ask somebody else.")
    manual = again(manual)
    assert manual.live_number == first.number == 1
    assert manual.live is not None
    assert manual.live.texts["en"]["title"] == "Connect Lumi Till with Bokio"
    assert "Ask somebody else." not in str(manual.live.texts)
    assert manual.live.facts["product"]["name"] == "Lumi Till"
    assert manual.live.facts["package"]["name"] == "Bokio"
    assert manual.live.facts["support"]["email"] == "help@lumi.example"
    second = published(manual)
    assert second.number == 2
    assert "Ask somebody else." in str(again(manual).live.texts)  # type: ignore[union-attr]
    assert [one.note for one in all_versions()] == ["The first one", ""]


def test_pressed_twice_it_is_published_once() -> None:
    manual, editor = begun(), an_editor()
    seen, order = manual.version, Order(("en",))
    first = publishing.publish(manual.id, seen, order, editor)
    assert publishing.publish(manual.id, seen, order, editor).number == first.number
    assert published(manual).number == first.number, "nothing changed, so there is nothing new"
    assert len(all_versions()) == 1


def test_what_is_wrong_is_refused_with_the_place() -> None:
    manual = begun()
    edited(manual, "help", "")
    edited(manual, "connect", "[x](javascript:alert(1)) ![](picture:PI-00000000) [](https://a.example)")
    with pytest.raises(NotReady) as refused:
        published(manual)
    found = [(one.where, one.message[:30]) for one in refused.value.faults["en"]]
    assert found == [
        ("Connect", "No reader can follow this link"),
        ("Connect", "This link has no words to pres"),
        ("Connect", "This picture is not one of the"),
        ("Where you get help", "This chapter is empty, and no "),
    ]
    assert again(manual).live_number is None


def test_an_empty_chapter_that_is_not_needed_is_left_out() -> None:
    manual = begun()
    content, seen = opened(manual)
    faq = next(one for one in content["chapters"] if one["code"] == "faq")
    faq["title"] = faq["body"] = ""
    drafting.save(manual.id, "en", drafting.Edited(content, seen), an_editor())
    version = published(manual)
    assert "faq" not in [one["code"] for one in version.texts["en"]["chapters"]]


def test_languages_go_out_one_by_one() -> None:
    manual, editor = begun(a_supplied_integration(("en", "fi", "nl"))), an_editor()
    published(manual, drafts=("en", "fi"))
    edited(manual, "help", "Kysykää.", "fi")
    edited(manual, "help", "Ask.", "en")
    manual = again(manual)
    version = publishing.publish(manual.id, manual.version, Order(("fi",), kept=("en",)), editor)
    assert set(version.texts) == {"en", "fi"}
    assert "Kysykää." in str(version.texts["fi"])
    assert "Ask." not in str(version.texts["en"]), "English stays as it is live"
    manual = again(manual)
    assert set(publishing.publish(manual.id, manual.version, Order(("en",)), editor).texts) == {"en"}
    manual = again(manual)
    with pytest.raises(NothingToPublish):
        publishing.publish(manual.id, manual.version, Order(()), editor)
    with pytest.raises(PublicationMovedOn):
        publishing.publish(manual.id, manual.version, Order(("fr",)), editor)


def test_a_draft_that_was_saved_since_is_not_published_unseen() -> None:
    manual, editor = begun(), an_editor()
    seen = manual.version
    edited(manual, "help", "Not seen yet.")
    with pytest.raises(PublicationMovedOn):
        publishing.publish(manual.id, seen, Order(("en",)), editor)
    assert published(manual).number == 1


def test_an_edit_that_began_before_the_publication_goes_on_in_the_draft() -> None:
    manual = begun()
    content, seen = opened(manual)
    published(manual)
    mine = drafting.Edited(changed(content, "help", "Written meanwhile."), seen)
    assert drafting.save(manual.id, "en", mine, an_editor())
    manual = again(manual)
    assert "Written meanwhile." not in str(manual.live.texts)  # type: ignore[union-attr]
    assert "Written meanwhile." in str(manual.drafts[0].content)


def test_manual_and_page_together_open_the_pilot() -> None:
    integration, editor = a_supplied_integration(), an_editor()
    told: list[tuple[str, str]] = []

    def hook(publication: Publication, by: Any) -> None:
        told.append((publication.kind, by.name))

    publishing.AFTER_PUBLISHING.append(hook)
    try:
        made = drafting.begin(integration.id, editor)
        published(made[PublicationKind.MANUAL], editor)
        assert queries.integration(integration.id).stage == Stage.PREPARING
        published(made[PublicationKind.PAGE], editor)
    finally:
        publishing.AFTER_PUBLISHING.remove(hook)
    integration = queries.integration(integration.id)
    assert integration.stage == Stage.PILOT
    assert told == [("manual", editor.name), ("page", editor.name)]
    assert entries_of(integration)[0].verb == "integration.pilot_possible"
    told_by_mail = sa.select(MailRow.to_email).where(MailRow.template == "pages_published")
    assert db.session.scalars(told_by_mail).all() == [owner_of(integration.product.partner).email]
    edited(made[PublicationKind.MANUAL], "help", "Again.")
    published(made[PublicationKind.MANUAL], editor)
    assert len(entries_of(queries.integration(integration.id))) == 1


def test_the_plan_of_the_partner_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str, int]] = []

    def done(partner: Any, code: str, by: Any) -> bool:
        told.append((partner.ref, code, by.id))
        return True

    monkeypatch.setattr(publishing.steps, "done", done)
    editor = an_editor()
    integration = both_published(by=editor)
    ref = integration.product.partner.ref
    assert told == [(ref, "publish_manual", editor.id), (ref, "publish_page", editor.id)]


def test_together_both_go_out_or_neither() -> None:
    integration, editor = a_supplied_integration(), an_editor()
    manual, page = drafting.begin(integration.id, editor).values()
    edited(page, "intro", "")
    manual, page = again(manual), again(page)
    orders = [(one.id, one.version, Order(("en",))) for one in (manual, page)]
    with pytest.raises(NotReady):
        publishing.publish_together(orders, editor)
    assert again(manual).live_number is None
    edited(page, "intro", "All you need.")
    page = again(page)
    orders[1] = (page.id, page.version, Order(("en",)))
    assert [one.number for one in publishing.publish_together(orders, editor)] == [1, 1]
    assert queries.integration(integration.id).stage == Stage.PILOT
    assert [one.number for one in publishing.publish_together(orders, editor)] == [1, 1], "pressed twice"


# --- later ------------------------------------------------------------------------------------------------------------


def test_a_scheduled_version_goes_out_as_it_was_when_it_was_scheduled() -> None:
    manual, editor = begun(), an_editor()
    moment = now() + timedelta(hours=3)
    version = published(manual, editor, publish_at=moment)
    assert published(manual, editor, publish_at=moment).number == version.number, "pressed twice"
    assert again(manual).live_number is None
    edited(manual, "help", "Later words.")
    assert publishing.publish_due(now()) == 0
    with time_machine.travel(moment + timedelta(minutes=1), tick=False):
        assert publishing.publish_due(now()) == 1
        assert publishing.publish_due(now()) == 0
    manual = again(manual)
    assert manual.live_number == version.number
    assert "Later words." not in str(manual.live.texts)  # type: ignore[union-attr]


def test_while_one_waits_nothing_else_is_published_until_it_is_cancelled() -> None:
    manual, editor = begun(), an_editor()
    version = published(manual, editor, publish_at=now() + timedelta(hours=3))
    edited(manual, "help", "Newer words.")
    with pytest.raises(OneIsScheduled):
        published(manual, editor)
    assert publishing.cancel(manual.id, version.number, editor)
    assert publishing.cancel(manual.id, version.number, editor) is False
    assert published(manual, editor).number == 2
    assert publishing.publish_due(now() + timedelta(days=1)) == 0
    assert again(manual).live_number == 2
    with pytest.raises(Conflict):
        publishing.cancel(manual.id, 2, editor)


def test_one_that_cannot_go_out_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    editor, moment = an_editor(), now() + timedelta(hours=1)
    manual, page = drafting.begin(a_supplied_integration().id, editor).values()
    published(manual, editor, publish_at=moment)
    published(page, editor, publish_at=moment + timedelta(minutes=1))

    def hook(publication: Publication, by: Any) -> None:
        if publication.kind == PublicationKind.MANUAL:
            raise RuntimeError("not today")

    monkeypatch.setattr(publishing, "AFTER_PUBLISHING", [hook])
    with pytest.raises(RuntimeError):
        publishing.publish_due(moment + timedelta(minutes=2))
    assert again(page).live_number == 1
    assert again(manual).live_number is None
    monkeypatch.setattr(publishing, "AFTER_PUBLISHING", [])
    assert publishing.publish_due(moment + timedelta(minutes=3)) == 1
    assert again(manual).live_number == 1


def test_a_moment_that_is_over_or_far_away_is_refused() -> None:
    manual = begun()
    for moment in (now() - timedelta(minutes=1), now() + timedelta(days=800)):
        with pytest.raises(FieldError):
            published(manual, publish_at=moment)


# --- back and away ----------------------------------------------------------------------------------------------------


def test_an_earlier_version_is_restored_word_for_word_as_a_new_one() -> None:
    manual, editor = begun(), an_editor()
    first = published(manual)
    edited(manual, "help", "Wrong words.")
    published(manual)
    manual = again(manual)
    restored = publishing.restore(manual.id, 1, manual.version, "The second one was wrong", editor)
    assert (restored.number, restored.restored_from, restored.digest) == (3, 1, first.digest)
    manual = again(manual)
    assert manual.live_number == 3
    assert "Wrong words." in str(manual.drafts[0].content), "the draft stays as it is"
    assert publishing.restore(manual.id, 1, 0, "", editor).number == 3, "pressed twice"
    with pytest.raises(PublicationMovedOn):
        publishing.restore(manual.id, 2, manual.version - 1, "", editor)
    with pytest.raises(NotFound):
        publishing.restore(manual.id, 99, manual.version, "", editor)


def test_taken_down_it_leads_elsewhere_and_comes_back_when_published() -> None:
    integration = both_published()
    manual = begun(integration)
    editor = an_editor()
    for bad in ("https://evil.example", "//evil.example", "/\\evil.example", f"/manuals/{integration.slug}/"):
        with pytest.raises(FieldError):
            publishing.take_down(manual.id, manual.version, bad, editor)
    with pytest.raises(PublicationMovedOn):
        publishing.take_down(manual.id, manual.version - 1, "/integrations", editor)
    publishing.take_down(manual.id, manual.version, "/integrations", editor)
    publishing.take_down(manual.id, manual.version, "/integrations", editor)
    manual = again(manual)
    assert (manual.live_number, manual.redirect_url) == (None, "/integrations")
    assert manual.taken_down_at is not None
    again_out = published(manual)
    manual = again(manual)
    assert (manual.live_number, manual.redirect_url, manual.taken_down_at) == (again_out.number, "", None)


def test_taking_down_cancels_what_is_scheduled() -> None:
    manual, editor = begun(), an_editor()
    published(manual)
    edited(manual, "help", "Soon.")
    published(manual, publish_at=now() + timedelta(hours=1))
    manual = again(manual)
    publishing.take_down(manual.id, manual.version, "", editor)
    assert publishing.publish_due(now() + timedelta(days=1)) == 0
    assert [one.state for one in all_versions()] == [VersionState.PUBLISHED, VersionState.CANCELLED]


def test_the_day_on_which_it_was_tried() -> None:
    manual, editor = begun(), an_editor()
    with time_machine.travel(datetime(2026, 3, 9, 12, tzinfo=UTC), tick=False):
        with pytest.raises(FieldError):
            publishing.tried(manual.id, date(2026, 3, 10), editor)
        publishing.tried(manual.id, date(2026, 3, 9), editor)
        publishing.tried(manual.id, date(2026, 3, 9), editor)
    assert again(manual).integration.checked_on == date(2026, 3, 9)
    assert [entry.verb for entry in entries_of(manual)].count("publication.checked") == 1


# --- at once ----------------------------------------------------------------------------------------------------------


def in_app(app: Flask, work: Any) -> Any:
    def run() -> Any:
        with app.app_context():
            try:
                return work()
            except Exception as problem:
                return problem
            finally:
                db.session.remove()

    return run


def test_many_who_publish_at_once_make_one_version(app: Flask) -> None:
    manual, editor = begun(), an_editor()
    ids = (manual.id, manual.version)
    answers = all_at_once(
        [in_app(app, lambda: publishing.publish(*ids, Order(("en",)), editor).number) for _ in range(12)]
    )
    assert answers == [1] * 12
    assert len(all_versions()) == 1


def test_saving_and_publishing_at_once_lose_nothing(app: Flask) -> None:
    manual, editor = begun(), an_editor()
    content, seen = opened(manual)
    codes = [one["code"] for one in content["chapters"]]

    def saving(code: str) -> Any:
        edit = drafting.Edited(changed(content, code, f"New words of {code}."), seen)
        return in_app(app, lambda: drafting.save(manual.id, "en", edit, editor))

    publish = in_app(app, lambda: publishing.publish(manual.id, manual.version, Order(("en",)), editor))
    answers = all_at_once([*(saving(code) for code in codes), publish])
    assert answers[:-1] == [True] * len(codes)
    final = queries.draft_of(again(manual), "en").content
    assert [one["body"] for one in final["chapters"]] == [f"New words of {code}." for code in codes]
    assert isinstance(answers[-1], PublicationMovedOn | PublicationVersion)


def test_the_scheduled_moment_and_somebody_who_publishes_meet(app: Flask) -> None:
    manual, editor = begun(), an_editor()
    moment = now() + timedelta(minutes=1)
    published(manual, editor, publish_at=moment)
    edited(manual, "help", "Newer words.")
    manual = again(manual)
    ids = (manual.id, manual.version)
    with time_machine.travel(moment + timedelta(minutes=1), tick=False):
        work = [
            in_app(app, lambda: publishing.publish_due(now())),
            in_app(app, lambda: publishing.publish(*ids, Order(("en",)), editor)),
            in_app(app, lambda: publishing.publish_due(now())),
        ]
        due, mine, due_again = all_at_once(work)
    assert sorted([due, due_again]) == [0, 1]
    assert isinstance(mine, OneIsScheduled | PublicationMovedOn), "the person is told, and looks first"
    assert again(manual).live_number == 1
    assert published(manual).number == 2
