"""Why a service partner stands where it stands, in the reader's language: the codes of `choosing.py` as sentences."""

from __future__ import annotations

from datetime import date, datetime

from app.core.i18n import _, format_date, format_number, ngettext
from app.followups.choosing import Code, Ranked, Remark


def said(line: Ranked) -> str:
    """The reason for a rank, or for none, in a line."""
    text = _by_turn(line) if "last" in line.values else _proposed(line) if line.is_proposable else _refused(line)
    return " ".join(part for part in (text, _away(line), remark(line)) if part)


def _proposed(line: Ranked) -> str:
    values = line.values
    match line.code:
        case Code.WISH:
            return _("The customer wants this service partner.")
        case Code.REGION:
            return _(
                "Clearly nearest: about %(km)s km away, %(nearer)s km nearer than the next.",
                km=format_number(values["km"]),
                nearer=format_number(values["nearer"]),
            )
        case Code.ONLY:
            return _("The only one who can take the company on.")
        case Code.FEWEST:
            return ngettext("Fewest companies: %(num)s.", "Fewest companies: %(num)s.", values["companies"])
        case _:
            return _companies(values["companies"])


def _by_turn(line: Ranked) -> str:
    """As many companies as another one has."""
    last = line.values["last"]
    if line.code == Code.ENTRY:
        text = _("Another one is alike in everything; who was entered first comes first.")
    elif last is None:
        text = _("Another one has as many; this one was never assigned any.")
    else:
        day = format_date(datetime.fromisoformat(last))
        text = _("Another one has as many; the last assignment was on %(date)s.", date=day)
    return f"{_companies(line.values['companies'])} {text}"


def _refused(line: Ranked) -> str:
    values = line.values
    match line.code:
        case Code.FULL:
            return ngettext(
                "Full: %(companies)s of %(num)s company.",
                "Full: %(companies)s of %(num)s companies.",
                values["capacity"],
                companies=format_number(values["companies"]),
            )
        case Code.ABSENT:
            return _("Absent until %(date)s.", date=format_date(date.fromisoformat(values["until"])))
        case Code.DECLINED:
            return _("Said before that this company is not possible.")
        case Code.CURRENT:
            return _("Has the company now.")
        case _:
            return _("Suspended.")


def remark(line: Ranked) -> str:
    """What is to be said about the region besides; empty for nothing."""
    match line.remark:
        case Remark.PARTNER_NOWHERE:
            return _("We do not know where its post code lies, so its region does not count.")
        case Remark.NOT_CLEARLY:
            return _(
                "Nearest, but only by %(nearer)s km; the region decides from %(needed)s km on.",
                nearer=format_number(line.remark_values["nearer"]),
                needed=format_number(line.remark_values["needed"]),
            )
        case _:
            return ""  # of the company's own post code the page speaks once


def about_company(ranked: list[Ranked]) -> str:
    """What holds for all of them: that the company's post code tells us no region."""
    if any(line.remark == Remark.COMPANY_NOWHERE for line in ranked):
        return _("We do not know where the post code of the company lies, so the region does not decide.")
    return ""


def wish_not_free(ranked: list[Ranked], wish_id: int | None, name: str) -> str:
    """When the customer's wish cannot be proposed: that, and why."""
    line = next((one for one in ranked if one.id == wish_id), None)
    if line is None or line.is_proposable or line.code == Code.CURRENT:
        return ""
    return _(
        "The customer wants %(partner)s, who is not suggested: %(reason)s You can choose it all the same and say why.",
        partner=name,
        reason=said(line),
    )


def _companies(number: int) -> str:
    return ngettext("%(num)s company.", "%(num)s companies.", number)


def _away(line: Ranked) -> str:
    if line.km is None or line.code == Code.REGION:
        return ""
    if line.km == 0:
        return _("In the same postal area.")
    return _("About %(km)s km away.", km=format_number(line.km))
