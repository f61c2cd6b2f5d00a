"""Who works for the demo vendor, and the one password of everybody in the demo."""

from __future__ import annotations

PASSWORD = "brimora demo 2026"  # noqa: S105 - of a demo installation, told to everybody who starts one

STAFF: tuple[tuple[str, str, str, str], ...] = (
    ("administrator", "Dana Kellerman", "dana.kellerman@brimora.example", "en"),
    ("sales", "Marit Vos", "marit.vos@brimora.example", "nl"),
    ("account_manager", "Julien Ferrand", "julien.ferrand@brimora.example", "fr"),
    ("team_leader", "Piotr Zaręba", "piotr.zareba@brimora.example", "pl"),
    ("coordinator", "Elina Rautio", "elina.rautio@brimora.example", "fi"),
    ("content_editor", "Sanne de Wit", "sanne.dewit@brimora.example", "nl"),
    ("designer", "Oskar Lind", "oskar.lind@brimora.example", "en"),
    ("finance", "Halina Wrona", "halina.wrona@brimora.example", "pl"),
)
"""role, name, e-mail, language"""
