"""What manuals hold of somebody: erased wherever words name them, and old savings go by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, write
from app.core.files import store
from app.documents.models import Upload
from app.integrations.models import SoftwarePartner
from app.manuals.models import (
    Draft,
    ManualFeedback,
    Picture,
    PictureSize,
    Pilot,
    PublicationLink,
    PublicationVersion,
    Saving,
    Section,
    SectionCode,
)
from app.manuals.privacy import LAST, RULES
from app.manuals.service import judging
from app.privacy.service import erasing
from tests.leads.sentences import an_account
from tests.manuals.supplying import hand_in, put, section_of
from tests.sentences import a_staff_member
from tests.software import (
    a_picture,
    a_product,
    a_published_manual,
    a_software_partner,
    a_text,
    an_integration,
    people_of,
)

pytestmark = pytest.mark.usefixtures("context")

LIMITS = (SectionCode.LIMITS, "en")
WHO = "Zdzisława Żubr"
EMAIL = "zdzislawa@marker.example"
WORDS = f"Ask {WHO} ({EMAIL}) about it."


def test_a_name_goes_from_all_words() -> None:
    partner = a_software_partner(people=2)
    _first, owner = people_of(partner)
    with write():
        owner = db.session.merge(owner)
        owner.name, owner.email = WHO, EMAIL
    product = a_product(partner)
    intake = hand_in(product, owner)
    judging.return_section(intake.id, section_of(product, LIMITS).id, WORDS, a_staff_member("content_editor"))
    put(product, LIMITS, {"text": WORDS}, owner, seen=section_of(product, LIMITS).version)
    picture = a_picture(product, colour="navy")
    publication = a_published_manual(an_integration(product), texts={"en": {"title": WORDS, "chapters": []}})
    account = an_account()
    digest = db.session.scalars(sa.select(PublicationVersion.digest)).one()
    with write():
        db.session.get_one(Picture, picture.id).filename = f"{WHO}.png"
        section = db.session.scalars(sa.select(Section).where(Section.code == "limits")).one()
        section.submitted = {"text": WORDS}
        publication = db.session.merge(publication)
        publication.redirect_url = f"/about/{EMAIL}"
        version = db.session.scalars(sa.select(PublicationVersion)).one()
        version.note, version.facts = WORDS, {"support": {"email": EMAIL}}
        db.session.add_all(
            [
                Draft(publication_id=publication.id, locale="en", content={"title": WORDS}, saved_at=now()),
                PublicationLink(publication_id=publication.id, url=f"mailto:{EMAIL}"),
                ManualFeedback(
                    publication_id=publication.id,
                    number=1,
                    locale="en",
                    chapter="connect",
                    helped=False,
                    words=WORDS,
                    key="k",
                    created_at=now(),
                ),
                Pilot(
                    integration_id=publication.integration_id,
                    account_id=account.id,
                    starts_on=now().date(),
                    why=WORDS,
                    created_at=now(),
                ),
            ]
        )
    erasing.erase(EMAIL)
    for model in (Section, Saving, Picture, PublicationVersion, Draft, PublicationLink, ManualFeedback, Pilot):
        for row in db.session.execute(sa.select(model.__table__)):
            said = " ".join(str(value) for value in row)
            assert WHO not in said, model
            assert EMAIL not in said, model
    assert db.session.scalars(sa.select(PublicationVersion.digest)).one() != digest


def test_old_savings_go_and_what_was_handed_in_stays() -> None:
    partner = a_software_partner()
    product, [owner] = a_product(partner), people_of(partner)
    hand_in(product, owner)
    section = section_of(product, LIMITS)
    judging.return_section(section.intake_id, section.id, "More.", a_staff_member("content_editor"))
    for number in range(LAST + 10):
        put(product, LIMITS, {"text": f"Draft {number}"}, owner, seen=section.version + number)
    rule = next(rule for rule in RULES if rule.code == "intake_savings")
    assert db.session.scalars(rule.old(now() - timedelta(days=30))).all() == []
    old = list(db.session.scalars(rule.old(now() + timedelta(minutes=1))))
    with write():
        rule.forget(old)
    kept = list(db.session.scalars(sa.select(Saving).where(Saving.section_id == section.id)))
    newest = section_of(product, LIMITS).version
    assert [saving.version for saving in kept if saving.handed_in]
    assert {saving.version for saving in kept if not saving.handed_in} == set(range(newest - LAST + 1, newest + 1))
    late = put(product, LIMITS, {"text": "From long ago"}, owner, seen=3, window="old")
    assert [clash.value for clash in late.clashes] == [f"Draft {LAST + 9}"]


def test_pictures_that_nothing_shows_go_with_their_files() -> None:
    product = a_product()
    [owner] = people_of(db.session.get_one(SoftwarePartner, product.partner_id))
    integration = an_integration(product)
    shown, drafted, saved, unused = (
        a_picture(product, colour=colour) for colour in ("teal", "navy", "olive", "maroon")
    )
    body = f"![x](picture:{shown.ref})"
    publication = a_published_manual(integration, texts={"en": a_text(connect=body)}, pictures=[shown])
    step = {"id": "a", "text": "Press.", "picture": saved.ref, "alt": "x"}
    put(product, (SectionCode.KEY, "en"), {"find": [step], "enter": []}, owner)
    with write():
        content = {"title": "x", "chapters": [{"body": f"![x](picture:{drafted.ref})"}]}
        db.session.add(Draft(publication_id=publication.id, locale="nl", content=content, saved_at=now()))
    keys, kept = _keys_of(unused), _keys_of(shown)
    rule = next(rule for rule in RULES if rule.code == "unused_pictures")
    assert db.session.scalars(rule.old(now() - timedelta(days=30))).all() == []
    assert list(db.session.scalars(rule.old(now() + timedelta(minutes=1)))) == [unused.id]
    with write():
        rule.forget([picture.id for picture in (shown, drafted, saved, unused)])  # used since it was counted
    assert set(db.session.scalars(sa.select(Picture.ref))) == {shown.ref, drafted.ref, saved.ref}
    left = set(store().keys())
    assert keys
    assert not left & keys
    assert left >= kept
    assert db.session.scalar(sa.select(sa.func.count()).where(Upload.key.in_(keys))) == 0


def _keys_of(picture: Picture) -> set[str]:
    sizes = sa.select(PictureSize.upload_id).where(PictureSize.picture_id == picture.id)
    return set(db.session.scalars(sa.select(Upload.key).where(Upload.id.in_(sizes))))
