"""Leads from files: registrations that staff send on behalf of resellers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.leads.models import Lead, Submission
from app.outbox.models import MailRow
from app.partners.models import Reseller
from tests.imports.sentences import (
    a_company,
    csv_of,
    imported,
    lines_of,
    numbers_of,
    previewed,
    reasons_of,
    somebody_who_imports,
)
from tests.sentences import a_reseller, a_service, sign_in

pytestmark = pytest.mark.usefixtures("context")


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_each_line_is_a_registration_of_the_resellers() -> None:
    by = somebody_who_imports()
    a_service("online-payments", en="Online payments")
    reseller = a_reseller("Polana")
    reseller_id = reseller.id
    line = a_company(reseller=reseller.ref, services="online-payments", shops="https://a.example, b.example")
    run = imported("leads", csv_of([line]), by)
    assert numbers_of(run) == (1, 0, 0, 0)
    lead = db.session.scalars(sa.select(Lead)).one()
    assert (lead.reseller_id, lead.state, lead.typed_by, lead.flagged) == (reseller_id, "submitted", "reseller", False)
    assert db.session.scalars(sa.select(Submission.content)).one()["services"] == ["online-payments"]
    assert set(db.session.scalars(sa.select(MailRow.template))) == {"privacy_notice"}


def test_the_same_file_twice_registers_once() -> None:
    by = somebody_who_imports()
    content = csv_of([a_company(reseller=a_reseller().ref), a_company(reseller=a_reseller("Other").ref)])
    imported("leads", content, by)
    assert numbers_of(imported("leads", content, by)) == (0, 0, 2, 0)
    assert (count(Lead), count(Submission)) == (2, 2)


def test_a_company_that_has_an_open_lead_joins_it() -> None:
    by = somebody_who_imports()
    a_service("online-payments", en="Online payments")
    line = a_company(reseller=a_reseller().ref)
    imported("leads", csv_of([line]), by)
    run = imported("leads", csv_of([{**line, "services": "Online payments"}]), by)
    assert lines_of(run)[0].changes == {"services": ["", "Online payments"]}
    assert (count(Lead), count(Submission)) == (1, 2)
    run = previewed("leads", csv_of([{**line, "phone": "022 765 43 21"}]), by)
    assert [column for column, _said in reasons_of(run)[2]] == ["phone"]


def test_many_imported_leads_do_not_flag_the_reseller() -> None:
    by = somebody_who_imports()
    ref = a_reseller().ref
    imported("leads", csv_of([a_company(reseller=ref, email=f"a{n}@b.example") for n in range(25)]), by)
    assert not db.session.scalar(sa.select(sa.func.count()).where(Lead.flagged))


def test_an_unknown_reseller_or_service_is_told() -> None:
    run = previewed("leads", csv_of([a_company(reseller="P-00000000", services="nothing")]), somebody_who_imports())
    assert [column for column, _said in reasons_of(run)[2]] == ["reseller", "services"]


def test_our_own_list_comes_back_unchanged(client: FlaskClient) -> None:
    by = somebody_who_imports()
    sign_in(client, by)
    a_service("online-payments", en="Online payments")
    ref = a_reseller(name_sort="polana").ref
    lines = [a_company(reseller=ref, services="online-payments", shops="a.example"), a_company(reseller=ref)]
    imported("leads", csv_of(lines), by)
    db.session.execute(
        sa.update(Lead).where(Lead.company_number == lines[1]["company_number"]).values(state="declined")
    )
    db.session.commit()
    file = client.get("/desk/leads/leads.xlsx?group=all").get_data()
    from app.core.files import XLSX

    run = previewed("leads", file, by, content_type=XLSX)
    assert numbers_of(run) == (0, 0, run.total, 0)
    assert count(Reseller) == 1
