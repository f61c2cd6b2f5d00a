"""The drawings of docs/architecture.md. What they show is compared with the code by tests/guards/test_pictures.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.pictures.paper import Paper, Tone

ROOT = Path(__file__).parents[2]

# --- the floors -------------------------------------------------------------------------------------------------------

_MECHANISMS = ("core", "history", "settings", "outbox", "access")
_GATHERING = ("reports", "backup", "privacy", "notices", "api", "web", "demo")


def floors() -> Paper:
    """The packages in the order of their floors, with what the map in the README says of each."""
    mapped = re.search(r"<!-- floors -->\n(.*?)<!-- /floors -->", (ROOT / "README.md").read_text(), re.DOTALL)
    assert mapped
    stand = re.findall(r"^ {4}(\w+) +(\S.*)$", mapped[1], re.MULTILINE)[::-1]
    paper = Paper(
        960,
        80 + 30 * len(stand),
        "The floors of the house",
        "Packages from the ground up, each importing only from those below: "
        + ", ".join(name for name, _told in stand[::-1]),
    )
    paper.words(30, 32, "A package imports only from the floors below its own.", strong=True, place="start")
    for number, (name, told) in enumerate(stand):
        top = 50 + 30 * number
        tone: Tone = "main" if name in _MECHANISMS else "good" if name in _GATHERING else "plain"
        paper.box(70, top, 150, 26, name, tone=tone)
        paper.words(240, top + 18, told, quiet=True, place="start")
    bottom = 50 + 30 * len(stand) - 6
    paper.way((45, 52), (45, bottom))
    return paper


# --- a request --------------------------------------------------------------------------------------------------------


def request() -> Paper:
    paper = Paper(
        960,
        300,
        "The way of a request",
        "A door asks the guard, a form makes a frozen value of what was typed, the service changes models inside one"
        " write, together with history and mail; a template shows what was committed.",
    )
    for x, title, *lines in (
        (30, "Door", "public, panel,", "desk, my, api"),
        (200, "Form", "validates;", "the only place"),
        (370, "Details", "a frozen value,", "canonical"),
        (540, "Service", "one verb,", "one write()"),
    ):
        paper.box(x, 60, 130, 84, title, *lines, tone="main" if title == "Service" else "plain")
    for x in (160, 330, 500):
        paper.way((x, 102), (x + 40, 102))
    paper.frame(710, 24, 226, 252, "one transaction")
    for number, (title, line) in enumerate(
        (("Models", "locked, changed"), ("History", "who, what, from, to"), ("Outbox", "mails, events, jobs"))
    ):
        paper.box(732, 56 + 72 * number, 182, 58, title, line, tone="good")
        paper.way((670, 102), (690, 102), (690, 85 + 72 * number), (732, 85 + 72 * number))
    paper.words(95, 32, "who may: access/policy.py", quiet=True)
    paper.way((95, 40), (95, 60))
    paper.box(30, 206, 300, 56, "Template", "shows what was committed")
    paper.way((732, 250), (620, 250), (620, 234), (330, 234))
    paper.words(480, 226, "or a refusal: 422 beside the field, 409, 404", quiet=True)
    paper.way((95, 206), (95, 144))
    return paper


# --- a lead -----------------------------------------------------------------------------------------------------------

LEAD_MOVES = {
    ("submitted", "accepted"),
    ("accepted", "submitted"),
    ("accepted", "converted"),
    ("converted", "accepted"),
    ("submitted", "declined"),
    ("submitted", "withdrawn"),
    ("accepted", "declined"),
    ("accepted", "withdrawn"),
    ("declined", "submitted"),
    ("withdrawn", "submitted"),
}


def lead() -> Paper:
    paper = Paper(
        960,
        470,
        "The life of a lead",
        "A registration becomes a submitted lead, which is accepted and converted into an account; it can be declined"
        " or withdrawn and reopened. A conversion can be reversed while nothing is invoiced and no task is done.",
    )
    paper.box(30, 50, 170, 84, "Registration", "on a personal link or", "an onboarding page")
    paper.words(115, 154, "kept as sent, with a receipt", quiet=True)
    paper.way((200, 92), (290, 92))
    paper.words(245, 84, "once for", quiet=True)
    paper.words(245, 110, "a company", quiet=True)
    paper.box(290, 50, 150, 84, "submitted", "editable", "by both sides", tone="main")
    paper.box(590, 50, 170, 84, "accepted", "protected", "for 180 days", tone="main")
    paper.way((440, 76), (590, 76))
    paper.words(515, 68, "accepted", quiet=True)
    paper.way((590, 112), (440, 112))
    paper.words(515, 130, "taken back, or", quiet=True)
    paper.words(515, 146, "another number", quiet=True)
    paper.box(620, 290, 150, 84, "converted", "read only", "from now on", tone="good")
    paper.way((645, 134), (645, 290))
    paper.words(654, 206, "turned into", quiet=True, place="start")
    paper.words(654, 222, "an account", quiet=True, place="start")
    paper.way((742, 290), (742, 134))
    paper.words(752, 206, "reversed while nothing is", quiet=True, place="start")
    paper.words(752, 222, "invoiced and no task done", quiet=True, place="start")
    paper.frame(270, 240, 190, 196, "closed")
    paper.box(290, 274, 150, 64, "declined", "with a reason", tone="bad")
    paper.box(290, 354, 150, 64, "withdrawn", "by the reseller", tone="bad")
    paper.way((330, 134), (330, 240))
    paper.way((400, 240), (400, 134))
    paper.words(410, 194, "reopened", quiet=True, place="start")
    paper.way((605, 134), (605, 318), (460, 318))
    paper.frame(812, 240, 130, 196, "one transaction")
    for number, name in enumerate(("Account", "Billing", "Plan")):
        paper.box(820, 274 + 52 * number, 114, 42, name)
    paper.way((770, 332), (812, 332))
    paper.words(30, 300, "Every change stands", quiet=True, place="start")
    paper.words(30, 318, "in the history; the", quiet=True, place="start")
    paper.words(30, 336, "answers are mailed.", quiet=True, place="start")
    return paper


# --- a plan -----------------------------------------------------------------------------------------------------------

TASK_MOVES = {
    ("open", "handed_in"),
    ("open", "done"),
    ("handed_in", "done"),
    ("handed_in", "open"),
    ("done", "open"),
    ("open", "not_applicable"),
    ("not_applicable", "open"),
    ("open", "gone"),
    ("gone", "open"),
}


def plan() -> Paper:
    paper = Paper(
        960,
        560,
        "The life of a plan",
        "A published playbook and answers make a running plan; its tasks are open, handed in, done, not applicable or"
        " gone. From tasks, durations and blockers follow deadlines, the forecast and the health. The plan is done once"
        " it is live and nothing required is open, and can be archived.",
    )
    paper.box(30, 50, 170, 74, "Playbook", "a version in force")
    paper.box(30, 150, 170, 74, "Answers", "facts about", "this customer")
    paper.way((200, 87), (240, 87), (240, 120), (280, 120))
    paper.way((200, 187), (240, 187), (240, 150), (280, 150))
    paper.box(280, 90, 170, 90, "running", "keeps its version;", "changes one by one", tone="main")
    paper.box(560, 90, 150, 90, "done", "live, and nothing", "required is open", tone="good")
    paper.box(780, 90, 150, 90, "archived", "links closed,", "keys deleted")
    paper.way((450, 120), (560, 120))
    paper.way((560, 152), (450, 152))
    paper.words(505, 172, "undone", quiet=True)
    paper.way((710, 120), (780, 120))
    paper.way((365, 90), (365, 50), (855, 50), (855, 90))
    paper.words(610, 42, "archived, and reopened", quiet=True)
    paper.frame(30, 252, 900, 190, "its tasks: each has a side, a due rule, and what it waits for")
    paper.box(60, 310, 130, 70, "gone", "not needed by", "the answers now")
    paper.box(270, 310, 130, 70, "open", "or not ready yet", tone="main")
    paper.box(500, 310, 130, 70, "handed in", "to be approved")
    paper.box(730, 310, 150, 70, "done", "stays done", tone="good")
    paper.way((270, 334), (190, 334))
    paper.way((190, 360), (270, 360))
    paper.way((400, 334), (500, 334))
    paper.way((500, 360), (400, 360))
    paper.words(450, 376, "given back", quiet=True)
    paper.way((630, 345), (730, 345))
    paper.words(680, 338, "approved", quiet=True)
    paper.way((320, 310), (320, 288), (800, 288), (800, 310))
    paper.words(560, 282, "ticked, answered, accepted", quiet=True)
    paper.way((800, 380), (800, 416), (360, 416), (360, 380))
    paper.words(590, 410, "undone", quiet=True)
    paper.box(60, 392, 180, 40, "not applicable")
    paper.way((310, 380), (310, 420), (240, 420))
    paper.way((240, 402), (285, 402), (285, 380))
    paper.box(30, 466, 280, 70, "Deadlines", "working days from contract,", "kick-off or going live")
    paper.box(340, 466, 280, 70, "Forecast and health", "from what is open, how long it", "takes and what blocks it")
    paper.box(650, 466, 280, 70, "Whom it waits for", "days of the customer, of us,", "and of pauses")
    for middle in (170, 480, 790):
        paper.way((middle, 442), (middle, 466))
    return paper


# --- a mail -----------------------------------------------------------------------------------------------------------


def mail() -> Paper:
    paper = Paper(
        960,
        430,
        "The life of a mail",
        "A mail is queued in the transaction of the change it tells of; the worker claims it with a lease, renders it"
        " once, and sends it; what fails for now goes back into the queue, what fails for good waits at the desk.",
    )
    _outbox(
        paper,
        queued=("Mail: typed values", "one conversation", "in its order"),
        sending=("a worker's own for", "3 minutes", "rendered once, in the reader's language"),
    )
    paper.box(800, 60, 130, 56, "sent", tone="good")
    paper.box(800, 140, 130, 56, "shown", "the demo's way", tone="good")
    paper.way((710, 120), (755, 120), (755, 88), (800, 88))
    paper.way((710, 150), (755, 150), (755, 168), (800, 168))
    paper.box(560, 286, 150, 64, "failed", "for good, or 2 days", tone="bad")
    paper.box(800, 286, 130, 64, "bounced", "came back", tone="bad")
    paper.way((635, 184), (635, 286))
    paper.way((930, 88), (946, 88), (946, 318), (930, 318))
    paper.box(300, 286, 150, 64, "The desk's inbox", "somebody decides")
    paper.way((560, 318), (450, 318))
    paper.way((865, 350), (865, 390), (420, 390), (420, 350))
    paper.box(50, 286, 180, 64, "set aside")
    paper.way((300, 318), (230, 318))
    paper.way((375, 286), (375, 184))
    paper.words(367, 240, "sent again:", quiet=True, place="end")
    paper.words(367, 256, "a new mail", quiet=True, place="end")
    return paper


# --- an event ---------------------------------------------------------------------------------------------------------


def event() -> Paper:
    paper = Paper(
        960,
        400,
        "The life of an event",
        "An entry in the history of a record that programs may read becomes an event for each address that wants it, in"
        " the same transaction. The worker signs it and sends it; what does not arrive is tried again for five days."
        " An address at which nothing arrives for so long is switched off, and the desk's inbox says so.",
    )
    _outbox(
        paper,
        queued=("Event, per address", "kept while the", "address rests"),
        sending=("a worker's own", "for 2 minutes", "signed; private addresses refused"),
    )
    paper.way((140, 172), (140, 182))
    paper.box(790, 106, 140, 68, "delivered", "answered with 2xx", tone="good")
    paper.way((710, 140), (790, 140))
    paper.box(560, 286, 150, 64, "failed", "after 5 days", tone="bad")
    paper.way((635, 184), (635, 286))
    paper.box(790, 286, 140, 64, "Other system", "reads the record", "with a token")
    paper.way((860, 174), (860, 286))
    paper.box(300, 286, 150, 64, "Log at the desk", "send again, or all")
    paper.way((560, 318), (450, 318))
    paper.way((375, 286), (375, 184))
    paper.box(50, 286, 180, 64, "Address is off", "an item in the inbox", tone="bad")
    paper.way((635, 350), (635, 378), (140, 378), (140, 350))
    return paper


def _outbox(paper: Paper, *, queued: tuple[str, str, str], sending: tuple[str, str, str]) -> None:
    """What mails and events share: written with the change, claimed, and back in the queue when it did not work.

    `queued`: what is written, and how it waits. `sending`: whose it is meanwhile, and what happens then.
    """
    written, *waits = queued
    *held, then = sending
    paper.frame(30, 40, 220, 200, "one transaction")
    paper.box(50, 74, 180, 44, "Change")
    paper.box(50, 128, 180, 44, "History")
    paper.box(50, 182, 180, 44, written, tone="main")
    paper.way((230, 204), (300, 140))
    paper.box(300, 96, 150, 88, "queued", *waits, tone="main")
    paper.box(560, 96, 150, 88, "sending", *held, tone="main")
    paper.way((450, 122), (560, 122))
    paper.words(505, 114, "claimed", quiet=True)
    paper.way((560, 160), (450, 160))
    paper.words(505, 178, "later, or the", quiet=True)
    paper.words(505, 194, "worker is gone", quiet=True)
    paper.words(635, 72, then, quiet=True)
    paper.way((635, 78), (635, 96))


ALL: dict[str, Callable[[], Paper]] = {
    "floors": floors,
    "request": request,
    "lead": lead,
    "plan": plan,
    "mail": mail,
    "event": event,
}
