"""Which pages of the demo stand as pictures in docs/: few, each where a reader is helped by seeing where things are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shot:
    """One page as somebody sees it."""

    name: str
    role: str
    """Of the demo's people; with `link` somebody who comes by a link instead of a password."""
    path: str = ""
    link: str = ""
    steps: tuple[str, ...] = ()
    """What is pressed before: selectors."""
    until: str = ""
    """The part of the page with which the picture ends; the whole page without."""
    width: int = 1280


PAGES = (
    Shot("apply", "", "/resellers/apply", until="main form fieldset >> nth=0"),
    Shot("registration", "reseller", link="registration", until="#company"),
    Shot("panel", "reseller", "/panel", until="tbody tr >> nth=4"),
    Shot("customer", "customer", link="plan", until="main section.gw-group >> nth=1", width=440),
    Shot("service-partner", "service partner", "/panel/follow-ups"),
    Shot("software-partner", "software partner", "/panel/software", until="main"),
    Shot("inbox", "sales", "/desk", until=".gw-list ul >> nth=1 >> li >> nth=1"),
    Shot("plans", "account_manager", "/desk/plans", until="tbody tr >> nth=7"),
    Shot("team", "team_leader", "/desk/plans/team", until=".gw-vs >> nth=1"),
    Shot("brand", "administrator", "/desk/settings/brand", until="main form >> nth=0"),
    Shot("manuals", "content_editor", "/desk/manuals", until="tbody tr >> nth=7"),
    Shot("due", "finance", "/desk/billing"),
    Shot("software-partners", "coordinator", "/desk/software-partners"),
)
