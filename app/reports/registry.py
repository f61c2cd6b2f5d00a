"""All reports, in the order in which they are offered, and which of them somebody may read."""

from __future__ import annotations

from app.access import policy
from app.access.permissions import P
from app.core.i18n import _l
from app.people.models import Person
from app.reports.pages import balance, interest, leads, plans, resellers, trainings, waiting
from app.reports.shown import Report
from app.settings.processes import runs

REPORTS = (
    Report(
        "leads",
        _l("From registration to account"),
        _l("Leads"),
        _l("How far leads come, and how long each step takes against what is promised."),
        P.LEADS_READ,
        "app.leads",
        leads.build,
        colleague=_l("Decided by"),
        counted=True,
    ),
    Report(
        "resellers",
        _l("Resellers compared"),
        _l("Resellers"),
        _l("Who brings how many leads, and what becomes of them."),
        P.RESELLERS_READ,
        "app.leads",
        resellers.build,
        colleague=_l("Decided by"),
        counted=True,
    ),
    Report(
        "plans",
        _l("Plans on time"),
        _l("Plans"),
        _l("Whether plans go live by the agreed day, and how long they take."),
        P.PLANS_READ,
        "app.plans",
        plans.build,
        colleague=_l("Account manager"),
    ),
    Report(
        "waiting",
        _l("What waits longest"),
        _l("Waiting"),
        _l("The tasks of running plans, for whom they wait and since when. It shows the present moment."),
        P.PLANS_READ,
        "app.plans",
        waiting.build,
        period=False,
        colleague=_l("Account manager"),
    ),
    Report(
        "interest",
        _l("Reasons for no"),
        _l("Reasons for no"),
        _l("What companies answered about the total service and why not, and why leads were closed."),
        P.LEADS_EDIT,
        "app.leads",
        interest.build,
        colleague=_l("Raised or decided by"),
    ),
    Report(
        "balance",
        _l("Balance between service partners"),
        _l("Service partners"),
        _l("How many companies each service partner has, and what was assigned."),
        P.SERVICE_PARTNERS_READ,
        "app.followups",
        balance.build,
        reseller=False,
    ),
    Report(
        "trainings",
        _l("Trainings and who came"),
        _l("Trainings"),
        _l("How many trainings were held, and who came."),
        P.TRAININGS_READ,
        "app.trainings",
        trainings.build,
        colleague=_l("Trainer"),
    ),
)
BY_CODE = {report.code: report for report in REPORTS}


def readable_by(person: Person) -> list[Report]:
    """A report shows sums of what the person may read one by one; of processes that are switched on."""
    return [report for report in REPORTS if runs(report.module) and policy.allows(person, report.permission)]
