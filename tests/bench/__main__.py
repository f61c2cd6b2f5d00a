"""The bench: the application and a bare program in turn, and how the one relates to the other.

`python -m tests.bench` measures everything (about ten minutes); `--quick` leaves out the million; `--only form`,
`registration`, `tick`, `portfolio`, `directory`, `reports`, `lists`, `billing` or `import` measures a part. It prints
figures and never fails on them. Figures of a loaded machine mean little, ratios a good deal more: both sides are driven
in turn, and medians are taken over the rounds.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import re
import secrets
import shutil
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from tests.bench import billing, directory, portfolio, reports, ticking
from tests.bench import seed as seeding
from tests.bench.driver import Ask, Client, Script, Times, drive, form
from tests.bench.importing import measured
from tests.bench.seed import Member, Seeded, environment, seed
from tests.bench.serving import Served, serving

APPLICATION, BARE, HELLO = "wsgi:app", "tests.bench.bare:app", "tests.bench.hello:app"
PARTS = ("form", "registration", "tick", "portfolio", "directory", "reports", "lists", "billing", "import")
CLIENTS = (1, 4)


@dataclass
class Side:
    """One server under measure, and what was measured of it in each round."""

    served: Served
    script: Script
    people: list[Client] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    times: Times = field(default_factory=Times)

    def round(self, clients: int, seconds: float) -> None:
        before = self.served.cpu()
        run = drive(self.served.port, self.script, clients, seconds, self.people)
        self.costs.append((self.served.cpu() - before) / max(1, len(run.each)))
        self.times += run

    @property
    def cpu(self) -> float:
        return statistics.median(self.costs)


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit("stopped"))  # and so cleans up
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gangway-bench-", dir=options.folder) as folder, ExitStack() as running:
        wanted = options.sizes if set(options.only) - {"billing", "tick", "portfolio", "directory", "reports"} else ()
        places = [_place(Path(folder), leads, running) for leads in wanted]
        report = Report()
        if "form" in options.only:
            measure_form(places[0], report, options)
        if "registration" in options.only:
            measure_registration(places[0], report, options)
        if "tick" in options.only:
            measure_tick(Path(folder), running, report, options)
        if "portfolio" in options.only:
            measure_portfolio(Path(folder), running, report, options)
        if "directory" in options.only:
            measure_directory(Path(folder), running, report, options)
        if "reports" in options.only:
            measure_reports(Path(folder), running, report, options)
        if "lists" in options.only:
            measure_lists(places, report, options)
        if "import" in options.only:
            measure_import(Path(folder), 5_000 if options.quick else 50_000)
        if "billing" in options.only:
            measure_billing(Path(folder), running, report, options)
    report.end()
    _say(f"\nMeasured in {(time.monotonic() - begun) / 60:.1f} minutes.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 and 100,000 leads only")
    parser.add_argument("--sizes", type=_sizes, default=(1_000, 100_000, 1_000_000), help="for example 1k,100k,1M")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--details", type=_sizes, default=(1_000, 100_000), help="billing details, for example 1k,10k")
    parser.add_argument("--plans", type=_sizes, default=(200, 5_000), help="plans of the portfolio, for example 200,5k")
    parser.add_argument("--partners", type=_sizes, default=(2, 200), help="of the directory, with 12 packages each")
    parser.add_argument(
        "--summed", type=_sizes, default=(1_000, 1_000_000), help="leads of the reports, for example 1k,1M"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each side is driven in each round")
    parser.add_argument("--folder", help="where the databases are made, and removed again")
    options = parser.parse_args()
    if options.quick:
        options.sizes = (1_000, 100_000)
    if options.only == ["import"]:
        options.sizes = ()
    elif "lists" not in options.only:
        options.sizes = options.sizes[:1]
    return options


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part.lower().replace("k", "000").replace("m", "000000")) for part in text.split(","))


@dataclass
class Place:
    """One size: its database, the application and the bare program, each on a copy of its own."""

    seeded: Seeded
    application: Served
    bare: Served


def _place(folder: Path, leads: int, running: ExitStack) -> Place:
    begun = time.monotonic()
    own = folder / str(leads)
    own.mkdir()
    seeded = seed(own / "gangway.db", leads)
    other = own / "bare.db"
    shutil.copyfile(seeded.path, other)
    application = running.enter_context(serving(APPLICATION, environment(seeded.path)))
    bare = running.enter_context(serving(BARE, {"BENCH_DATABASE": str(other)}))
    _say(f"{leads:,} leads: {seeded.path.stat().st_size / 1e6:,.0f} MB, ready in {time.monotonic() - begun:.0f} s")
    return Place(seeded, application, bare)


# -------------------------------------------------------------------------------------------------------- the form


def measure_form(place: Place, report: Report, options: argparse.Namespace) -> None:
    ask = Ask("GET", f"/r/{place.seeded.slugs[-1]}", headers=_from(1))
    with serving(HELLO, {}) as hello:
        for clients in CLIENTS:
            ours, other = Side(place.application, _again(ask)), Side(hello, _again(Ask("GET", "/")))
            _in_turn([ours, other], clients, options)
            report.line("form GET", "", clients, ours, other, "hello", cpu_reach=10)


# ----------------------------------------------------------------------------------------------------- registration


def measure_registration(place: Place, report: Report, options: argparse.Namespace) -> None:
    """A new company each time, on links in turn, because a link takes a limited number of sendings a minute."""
    numbers = _nips()
    links = itertools.cycle(place.seeded.slugs[2 * seeding.LINKS_EACH :])
    visitors = itertools.count()
    for clients in CLIENTS:
        people = [Client(place.application.port) for _ in range(clients)]
        forms = [_opened(client, place.seeded.slugs[-1]) for client in people]

        def _ours(client: Client, number: int, forms: list[Fields] = forms) -> Iterator[Ask]:
            while True:
                yield _sending(next(links), {**forms[number], **_company(next(numbers))}, next(visitors))

        def _others(client: Client, number: int) -> Iterator[Ask]:
            while True:
                yield _sending(next(links), _company(next(numbers)), next(visitors))

        ours, other = Side(place.application, _ours, people), Side(place.bare, _others)
        _in_turn([ours, other], clients, options)
        report.line("registration POST", "", clients, ours, other, "bare", cpu_reach=6)
        for client in people:
            client.close()


# ------------------------------------------------------------------------------------------------------------- a tick


def measure_tick(folder: Path, running: ExitStack, report: Report, options: argparse.Namespace) -> None:
    """A task of the customer's is done, and open again; the answer is the row that the page shows."""
    place = ticking.place(folder, running)
    script, other_script = ticking.scripts(place, _from)
    for clients in CLIENTS:
        people = [Client(place.application.port) for _ in range(clients)]
        ours, other = Side(place.application, script, people), Side(place.bare, other_script)
        _in_turn([ours, other], clients, options)
        report.line("tick POST", f"{place.tasks} tasks", clients, ours, other, "bare", cpu_reach=6)
        for client in people:
            client.close()


Fields = dict[str, str]


def _opened(client: Client, slug: str) -> Fields:
    """What the page of the form gives to a browser: hidden fields, and a session in the client's cookies."""
    page = client.checked(Ask("GET", f"/r/{slug}?lang=en", headers=_from(2))).text
    inputs = re.findall(r"<input[^>]*>", page)
    hidden = [tag for tag in inputs if 'type="hidden"' in tag]
    found = {name: value for tag in hidden if (name := _attribute(tag, "name")) and (value := _attribute(tag, "value"))}
    if "csrf_token" not in found:
        raise RuntimeError("the form has no csrf token")
    return found


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\b{name}="([^"]*)"', tag)
    return match.group(1) if match else ""


def _company(nip: str) -> Fields:
    return {
        "submission_key": secrets.token_hex(16),
        "typed_by": "client",
        "company_name": f"Stolarnia Modrzew {nip} sp. z o.o.",
        "country": "PL",
        "company_number": nip,
        "street": "Długa 14",
        "postcode": "62-200",
        "city": "Gniezno",
        "contact_name": "Hanna Wilk",
        "email": f"biuro@firma{nip}.example",
        "phone": "+48 61 555 11 22",
        "website": "https://modrzew.example",
        "shops-0-url": "https://sklep.modrzew.example",
        "shops-0-platform": "",
        "note": "Proszę o kontakt po południu.",
    }


def _sending(slug: str, fields: Fields, visitor: int) -> Ask:
    values = [*fields.items(), ("services", "pay"), ("services", "books")]
    headers = (*_from(visitor), ("Origin", "http://127.0.0.1"))
    return Ask("POST", f"/r/{slug}", form(values), headers, expects=(303,))


def _from(visitor: int) -> tuple[tuple[str, str], ...]:
    """As a proxy tells it: each visitor has an address of their own. The host is the one of PUBLIC_URL."""
    address = f"10.{visitor >> 16 & 255}.{visitor >> 8 & 255}.{visitor & 255}"
    return (("X-Forwarded-For", address), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "127.0.0.1"))


def _nips() -> Iterator[str]:
    for number in itertools.count(300_000_000):
        digits = f"{number:09d}"
        check = sum(int(digit) * weight for digit, weight in zip(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
        if check != 10:
            yield digits + str(check)


# -------------------------------------------------------------------------------------------------------- the lists


PAGES = ("first", "deep", "search, one found", "search, common word")


def measure_lists(places: list[Place], report: Report, options: argparse.Namespace) -> None:
    """All sizes and pages in turn within a round, so that a busy moment of the machine hits them alike."""
    for name in ("500", "half"):
        for clients in CLIENTS:
            sides: dict[tuple[str, int], tuple[Side, Side]] = {}
            for page, place in itertools.product(PAGES, places):
                member = place.seeded.small if name == "500" else place.seeded.half
                ours, bare = _list_pages(place.seeded, member, page)
                pair = Side(place.application, _again(ours)), Side(place.bare, _again(bare))
                sides[page, place.seeded.leads] = pair
            _in_turn([side for pair in sides.values() for side in pair], clients, options)
            for (page, leads), (ours_side, bare_side) in sides.items():
                if page.startswith("search"):
                    against = Against("plain list", sides["first", leads][0], 1.5)
                else:
                    against = Against("smallest", sides[page, places[0].seeded.leads][0], 1.15)
                where = f"{_short(leads)}, {name}"
                report.line(f"list: {page}", where, clients, ours_side, bare_side, "bare", against=against)


def _list_pages(seeded: Seeded, member: Member, page: str) -> tuple[Ask, Ask]:
    """The page of the application, and what the bare program is asked for the same."""
    person = member.session_id.partition(":")[0]
    with closing(sqlite3.connect(seeded.path)) as connection:
        own = "FROM lead WHERE reseller_id = ? ORDER BY updated_at DESC, id DESC LIMIT 1 OFFSET"
        (count,) = connection.execute(
            "SELECT count(*) FROM lead WHERE reseller_id = ?", (member.reseller_id,)
        ).fetchone()
        moment, key, number = connection.execute(
            f"SELECT updated_at, id, company_number {own} ?", (member.reseller_id, count // 2)
        ).fetchone()
    ours = {
        "first": "",
        "deep": f"?cursor={_cursor(moment, key)}",
        "search, one found": f"?q={number}",
        "search, common word": f"?q={seeding.FREQUENT}",
    }[page]
    bare = {
        "first": "",
        "deep": f"&after={quote(moment)},{key}",
        "search, one found": f"&q={number}",
        "search, common word": f"&q={seeding.FREQUENT}",
    }[page]
    headers = (*_from(3), ("Cookie", f"gangway={_session(member)}"))
    return Ask("GET", f"/panel/leads{ours}", headers=headers), Ask("GET", f"/panel/leads?person={person}{bare}")


def _cursor(moment: str, key: int) -> str:
    at = datetime.strptime(moment, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    text = json.dumps([False, [["t", at.isoformat()], ["v", key]]])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _session(member: Member) -> str:
    """A session as the application itself would have begun it."""
    signing = Flask("bench")
    signing.secret_key = seeding.SECRET
    serializer = SecureCookieSessionInterface().get_signing_serializer(signing)
    if serializer is None:
        raise RuntimeError("no secret key")
    text = serializer.dumps(
        {"_user_id": member.session_id, "_fresh": True, "_permanent": True, "since": int(time.time())}
    )
    return str(text)


# -------------------------------------------------------------------------------------------------------- billing


def measure_billing(folder: Path, running: ExitStack, report: Report, options: argparse.Namespace) -> None:
    """The due list among few and many details, with as many due rows; and the memory of a long file."""
    _say("")
    places = [billing.place(folder, details, running) for details in options.details]
    report.verdicts += billing.measure(places, options, _signed_in, _say)


def measure_portfolio(folder: Path, running: ExitStack, report: Report, options: argparse.Namespace) -> None:
    """A page of plans among few and among many."""
    _say("")
    places = [portfolio.place(folder, plans, running) for plans in options.plans]
    report.verdicts += portfolio.measure(places, options, _signed_in, _say)


def measure_directory(folder: Path, running: ExitStack, report: Report, options: argparse.Namespace) -> None:
    """The public directory among few integrations and among many."""
    _say("")
    places = [directory.place(folder, partners, running) for partners in options.partners]
    report.verdicts += directory.measure(places, options, _from(4), _say)


def measure_reports(folder: Path, running: ExitStack, report: Report, options: argparse.Namespace) -> None:
    """Reports of few leads and of many."""
    _say("")
    places = [reports.place(folder, leads, running, _say) for leads in options.summed]
    report.verdicts += reports.measure(places, options, _signed_in, _say)


def _signed_in(member: Member) -> tuple[tuple[str, str], ...]:
    return (*_from(4), ("Cookie", f"gangway={_session(member)}"))


# ------------------------------------------------------------------------------------------------------- an import


def measure_import(folder: Path, lines: int) -> None:
    """One list of new accounts into an empty database, one line in a hundred wrong."""
    told = measured(folder / "import", lines)
    _say(
        f"import of {lines:,} lines ({told['megabytes_sent']:.1f} MB), {told['wrong']:,} wrong: compared in"
        f" {told['preview_s']:.0f} s, {told['applied']:,} imported in {told['apply_s']:.0f} s; longest part"
        f" {told['longest']:.2f} s; memory {told['memory_before']:.0f} to {told['memory_after']:.0f} MB"
    )


# --------------------------------------------------------------------------------------------------------- in turn


def _again(ask: Ask) -> Script:
    def _script(client: Client, number: int) -> Iterator[Ask]:
        while True:
            yield ask

    return _script


def _in_turn(sides: list[Side], clients: int, options: argparse.Namespace) -> None:
    """A B A B ...: whatever else the machine does meets all sides alike. The first round only warms up."""
    for side in sides:
        side.round(clients, 0.5)
        side.costs.clear()
        side.times = Times()
    for _ in range(options.rounds):
        for side in sides:
            side.round(clients, options.seconds)


@dataclass
class Against:
    """Another page of ours, and how many times its p50 is to be reached."""

    name: str
    side: Side
    reach: float


class Report:
    """Prints a line as soon as it is known, and at the end what was to be reached."""

    def __init__(self) -> None:
        self.verdicts: list[tuple[str, float, float]] = []
        head = (
            ("CPU us", 9),
            ("other", 7),
            ("ratio", 7),
            ("p50 ms", 9),
            ("p95", 8),
            ("p99", 8),
            ("p99/p50", 9),
            ("other", 7),
        )
        _say(f"\n{'':38}{'cl.':>4}" + "".join(f"{name:>{width}}" for name, width in head))

    def line(
        self,
        what: str,
        where: str,
        clients: int,
        ours: Side,
        other: Side,
        named: str,
        *,
        cpu_reach: float | None = None,
        against: Against | None = None,
    ) -> None:
        p50, p95, p99 = (ours.times.percentile(percent) * 1000 for percent in (50, 95, 99))
        ratio = ours.cpu / other.cpu if other.cpu else float("nan")
        label = f"{what} ({where})" if where else what
        text = f"{label:38}{clients:4}{ours.cpu * 1e6:9.0f}{other.cpu * 1e6:7.0f}{ratio:7.2f}"
        theirs = other.times.percentile(99) / other.times.percentile(50)
        text += f"{p50:9.2f}{p95:8.2f}{p99:8.2f}{p99 / p50:9.2f}{theirs:7.2f}"
        said = f"{label}, {clients} client{'s' if clients > 1 else ''}"
        if cpu_reach is not None:
            self.verdicts.append((f"{said}: CPU to {named}", ratio, cpu_reach))
        if against is not None:
            found = ours.times.percentile(50) / against.side.times.percentile(50)
            # On a loaded machine the latter tells more: waiting is not counted in it.
            text += f"   p50 {found:.2f}, CPU {ours.cpu / against.side.cpu:.2f} of {against.name}"
            self.verdicts.append((f"{said}: p50 to {against.name}", found, against.reach))
        if clients == 4:
            self.verdicts.append((f"{said}: p99 to p50", p99 / p50, 4))
        _say(text)

    def end(self) -> None:
        _say(f"\n{'':62}{'found':>8}{'reach':>8}")
        for said, found, reach in self.verdicts:
            _say(f"{said:62}{found:8.2f}{reach:8.2f}  {'' if found <= reach else 'not reached'}")


def _short(number: int) -> str:
    return f"{number // 1_000_000}M" if number >= 1_000_000 else f"{number // 1000}k"


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
