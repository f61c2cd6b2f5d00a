"""Playbooks to test with."""

from __future__ import annotations

from typing import Any

from app.core.i18n import LOCALES


def said(words: str) -> dict[str, str]:
    """The same words in every language, each with its code behind."""
    return {locale: words if locale == "en" else f"{words} ({locale})" for locale in LOCALES}


def a_content(code: str = "opening", **changes: Any) -> dict[str, Any]:
    """The smallest playbook that uses a little of everything."""
    content: dict[str, Any] = {
        "code": code,
        "audience": "customer",
        "title": said("Opening"),
        "aim_workdays": 20,
        "modules": [{"code": "website", "label": said("Website")}, {"code": "payroll", "label": said("Payroll")}],
        "facts": [
            {
                "code": "modules",
                "kind": "several",
                "question": said("What was bought?"),
                "options": [
                    {"code": "website", "label": said("Website")},
                    {"code": "payroll", "label": said("Payroll")},
                ],
            },
            {"code": "terminals", "kind": "yes_no", "question": said("Card terminals?"), "default": False},
            {"code": "shops", "kind": "number", "question": said("How many shops?"), "default": 1},
            {
                "code": "tier",
                "kind": "one",
                "question": said("Which tier?"),
                "options": [
                    {"code": "small", "label": said("Small")},
                    {"code": "large", "label": said("Large")},
                ],
            },
        ],
        "phases": [
            {"code": "start", "title": said("Start"), "summary": said("How we begin")},
            {"code": "work", "title": said("Work")},
        ],
        "trainings": [
            {"code": "basics", "phase": "work", "title": said("Basics"), "module": "website"},
        ],
        "documents": [{"code": "agreement", "title": said("Agreement"), "body": said("Words.\n\n- one\n- two")}],
        "tasks": [
            {
                "code": "kick-off",
                "phase": "start",
                "kind": "meeting",
                "side": "vendor",
                "title": said("Kick-off"),
                "anchor": "kickoff",
                "due": {"anchor": "contract", "workdays": 5},
            },
            {
                "code": "look",
                "phase": "start",
                "kind": "choice",
                "side": "customer",
                "title": said("Choose a look"),
                "hint": said("You can change it later."),
                "module": "website",
                "when": '"website" in modules',
                "needs": ["kick-off"],
                "workdays": 3,
                "options": [
                    {"code": "model", "label": said("Like a model")},
                    {
                        "code": "own",
                        "label": said("Drawn for you"),
                        "price": {"service": "design", "net": "149.00", "currency": "EUR"},
                    },
                ],
            },
            {
                "code": "participants",
                "phase": "work",
                "kind": "people",
                "side": "customer",
                "title": said("Who takes part?"),
                "training": "basics",
                "several": True,
            },
            {
                "code": "go-live",
                "phase": "work",
                "kind": "tick",
                "side": "vendor",
                "role": "designer",
                "title": said("Go live"),
                "anchor": "golive",
                "needs": ["look"],
            },
        ],
    }
    return {**content, **changes}
