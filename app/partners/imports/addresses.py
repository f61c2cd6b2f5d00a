"""Addresses already in circulation from files: each then leads to its reseller's current form (R6)."""

from __future__ import annotations

from collections.abc import Sequence

from app.access.permissions import P
from app.core.i18n import _l
from app.core.search import fold
from app.imports import registry
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.partners import queries
from app.partners.service import links
from app.people.models import Person

NO_SUCH_RESELLER = _l("No single reseller is known by this reference, name, e-mail address or company number.")


class AddressImporter(Importer):
    code = "addresses"
    title = _l("Addresses in circulation")
    about = _l(
        "Each line is an address that was given out before, exactly as people know it, and the reseller to whose form"
        " it leads from now on."
    )
    permission = P.RESELLERS_MANAGE
    columns = (
        Column(
            "address",
            _l("Address"),
            True,
            _l("The path, or the whole address of which the path counts; it ends in .html"),
            "/reseller_klient_JanNowak.html",
        ),
        Column(
            "reseller",
            _l("Reseller"),
            True,
            _l("Reference, name, company number or e-mail address of the reseller"),
            "P-7K3F9Q2M",
        ),
        # What our own list has beside them.
        Column("name", _l("Name of the reseller"), ignored=True),
        Column("kind", _l("Kind"), ignored=True),
        Column("since", _l("Since"), ignored=True),
        Column("withdrawn", _l("Withdrawn on"), ignored=True),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        read = [links.alias_of(line.text("address")) for line in lines]
        taken = links.taken(own_slug(alias) for alias, _problem in read)
        resellers = queries.named(line.text("reseller") for line in lines)
        judged = []
        for line, (alias, problem) in zip(lines, read, strict=True):
            reseller = resellers.get(fold(line.text("reseller")))
            slug = own_slug(alias)
            if problem and reseller is not None and taken.get(slug) == reseller.id:
                problem = ""  # a personal link of ours, as our own list has it
            reasons = [("address", problem)] if problem else []
            if reseller is None:
                reasons.append(("reseller", NO_SUCH_RESELLER))
            elif taken.get(slug, reseller.id) != reseller.id:
                reasons.append(("address", _l("Another reseller has this address already.")))
            if reasons or reseller is None:
                judged.append(wrong(*reasons, name=line.text("address")))
                continue
            verdict = Verdict.UNCHANGED if slug in taken else Verdict.NEW
            judged.append(Judgement(verdict, f"/{alias}", alias, plan=(reseller.id, alias)))
        return judged

    def apply(self, line: Line, by: Person, key: str) -> None:
        reseller_id, alias = line.plan
        links.add_alias(reseller_id, alias, by)


def own_slug(path: str) -> str:
    """Of a personal link's path what is kept of it, of any other path all."""
    return path.removeprefix("r/") if not path.endswith(".html") else path


registry.offer(AddressImporter())
