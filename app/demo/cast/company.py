"""A company of the demo, as somebody types it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Company:
    """Its name, where it is registered, where it is, and how it is reached."""

    company_name: str
    register: tuple[str, str]
    """Country and number."""
    place: tuple[str, str, str]
    """Street, postcode, city."""
    reach: tuple[str, ...]
    """E-mail, phone, and a website where there is one."""

    @property
    def country(self) -> str:
        return self.register[0]

    @property
    def company_number(self) -> str:
        return self.register[1]

    @property
    def street(self) -> str:
        return self.place[0]

    @property
    def postcode(self) -> str:
        return self.place[1]

    @property
    def city(self) -> str:
        return self.place[2]

    @property
    def email(self) -> str:
        return self.reach[0]

    @property
    def phone(self) -> str:
        return self.reach[1]

    @property
    def website(self) -> str:
        return self.reach[2] if len(self.reach) > 2 else ""
