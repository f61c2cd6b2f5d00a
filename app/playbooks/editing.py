"""Changes of a draft as functions from content to content: add, put, move, duplicate, remove one of its things.

A thing stands at a place: the names of lists and codes in turn, such as ("tasks", "look", "options", "own").
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.playbooks import schema
from app.playbooks.outline import from_content, to_content
from app.playbooks.service import ChangedMeanwhile, Edit

Place = tuple[str, ...]
Content = dict[str, Any]

INSIDE = {
    "": ("phases", "tasks", "trainings", "modules", "facts", "documents"),
    "tasks": ("options", "fields", "duties"),
    "facts": ("options",),
    "fields": ("options",),
}
"""Which lists a thing of a list has."""


class Used(Conflict):
    """Something else in the playbook still needs it."""


_LISTS = frozenset(name for names in INSIDE.values() for name in names)


def place_in(address: str) -> Place:
    """From an address such as tasks/look/options. Raises NotFound."""
    place = tuple(address.split("/"))
    around = ""
    for name in place[::2]:
        if name not in INSIDE.get(around, ()):
            raise NotFound
        around = name
    return place


def find(content: Content, place: Place) -> dict[str, Any]:
    """The thing at a place. Raises NotFound."""
    here: dict[str, Any] = content
    for name, code in zip(place[::2], place[1::2], strict=True):
        here = next((thing for thing in here.get(name, ()) if thing["code"] == code), {})
        if not here:
            raise NotFound
    return here


def listed(content: Content, place: Place) -> list[dict[str, Any]]:
    """The list at a place that ends with its name; empty where there is none yet. Raises NotFound."""
    found: list[dict[str, Any]] = find(content, place[:-1]).get(place[-1], [])
    return found


def seen(thing: dict[str, Any]) -> str:
    """What stands in a form, so that it is known whether it is still the same: the thing without its lists."""
    return schema.digest({key: value for key, value in thing.items() if key not in _LISTS})


def add(place: Place, thing: dict[str, Any]) -> Edit:
    """At the end of its list; a task at the end of its phase."""

    def change(content: Content) -> tuple[Content, dict[str, tuple[Any, Any]]]:
        new = deepcopy(content)
        around = find(new, place[:-1])
        things: list[dict[str, Any]] = around.setdefault(place[-1], [])
        things.insert(_end(things, thing), thing)
        return _plain(new), {"place": (None, "/".join((*place, thing["code"]))), "thing": (None, thing)}

    return change


def _end(things: list[dict[str, Any]], thing: dict[str, Any]) -> int:
    if "phase" in thing:
        same = [place for place, each in enumerate(things) if each.get("phase") == thing["phase"]]
        if same:
            return same[-1] + 1
    return len(things)


def put(place: Place, values: dict[str, Any], known: str) -> Edit:
    """Other values at a place; what is None is taken away. `known` is what `seen` said when the form was shown."""

    def change(content: Content) -> tuple[Content, dict[str, tuple[Any, Any]]]:
        new = deepcopy(content)
        try:
            thing = find(new, place) if place else new
        except NotFound:
            raise Conflict(_l("Somebody else removed this a moment ago. What you typed is still below.")) from None
        if seen(thing) != known:
            raise ChangedMeanwhile
        before = dict(thing)
        for key, value in values.items():
            if value is None:
                thing.pop(key, None)
            else:
                thing[key] = value
        new = _plain(new)
        after = find(new, place) if place else new
        told = {key: (before.get(key), after.get(key)) for key in values if before.get(key) != after.get(key)}
        return new, {"place": (None, "/".join(place)), **told}

    return change


def move(place: Place, *, up: bool) -> Edit:
    """One place up or down. A task or training at the edge of its phase goes into the next one."""

    def change(content: Content) -> tuple[Content, dict[str, tuple[Any, Any]]]:
        new = deepcopy(content)
        things = listed(new, place[:-1])
        thing = find(new, place)
        here = things.index(thing)
        around = [n for n, each in enumerate(things) if each.get("phase") == thing.get("phase")]
        beside = around.index(here) + (-1 if up else 1)
        if 0 <= beside < len(around):
            there = around[beside]
            things[here], things[there] = things[there], things[here]
        elif "phase" not in thing or not _to_next_phase(new, things, thing, up=up):
            return content, {}
        return _plain(new), {"place": (None, "/".join(place)), "position": (None, "up" if up else "down")}

    return change


def _to_next_phase(content: Content, things: list[dict[str, Any]], thing: dict[str, Any], *, up: bool) -> bool:
    phases = [phase["code"] for phase in content.get("phases", ())]
    there = phases.index(thing["phase"]) + (-1 if up else 1)
    if not 0 <= there < len(phases):
        return False
    thing["phase"] = phases[there]
    things.remove(thing)
    first = next((place for place, each in enumerate(things) if each["phase"] == thing["phase"]), len(things))
    things.insert(_end(things, thing) if up else first, thing)
    return True


def duplicate(place: Place) -> Edit:
    """The same once more, right behind it, under a code of its own."""

    def change(content: Content) -> tuple[Content, dict[str, tuple[Any, Any]]]:
        new = deepcopy(content)
        things = listed(new, place[:-1])
        thing = find(new, place)
        copy = deepcopy(thing)
        copy["code"] = free_code(thing["code"], [each["code"] for each in things])
        copy.pop("anchor", None)
        things.insert(things.index(thing) + 1, copy)
        return _plain(new), {"place": (None, "/".join((*place[:-1], copy["code"]))), "thing": (None, copy)}

    return change


def free_code(wanted: str, taken: list[str]) -> str:
    """The code, or with a number behind it."""
    if wanted not in taken:
        return wanted
    joint = "_" if "_" in wanted else "-"
    number = 2
    while f"{wanted[:50]}{joint}{number}" in taken:
        number += 1
    return f"{wanted[:50]}{joint}{number}"


def remove(place: Place) -> Edit:
    """Away with it. Tasks that waited for a removed task wait for it no longer, nor do cases for a removed phase's."""

    def change(content: Content) -> tuple[Content, dict[str, tuple[Any, Any]]]:
        new = deepcopy(content)
        thing = find(new, place)
        if len(place) == 2:
            _ask_whether_used(new, *place)
        listed(new, place[:-1]).remove(thing)
        if place[0] == "tasks" and len(place) == 2:
            for task in new["tasks"]:
                task["needs"] = [code for code in task.get("needs", ()) if code != place[1]]
        for phase in new.get("phases", ()) if place[0] == "phases" else ():
            if case := phase.get("case"):
                case["after"] = [code for code in case.get("after", ()) if code != place[1]]
        return _plain(new), {"place": ("/".join(place), None), "thing": (thing, None)}

    return change


_KEY = {"phases": "phase", "modules": "module", "trainings": "training", "documents": "document"}


def _ask_whether_used(content: Content, name: str, code: str) -> None:
    key = _KEY.get(name)
    users = [
        thing["title"].get("en", thing["code"])
        for each in ("tasks", "trainings")
        for thing in content.get(each, ())
        if key is not None and thing.get(key) == code
    ]
    if users:
        shown = ", ".join(users[:5]) + (" ..." if len(users) > 5 else "")
        raise Used(_l("This is still used, so it cannot be removed. It is used by: %(names)s.", names=shown))


def _plain(content: Content) -> Content:
    """In the shape that every version has: without what is as usual."""
    return to_content(from_content(content))
