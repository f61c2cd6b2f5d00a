"""Who supervises the handling of personal data, by country: where a person may complain (GDPR article 77)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Authority:
    """A supervisory authority under the name it bears at home."""

    country: str
    name: str
    website: str


AUTHORITIES = {
    authority.country: authority
    for authority in (
        Authority("PL", "Prezes Urzędu Ochrony Danych Osobowych (UODO)", "https://uodo.gov.pl"),
        Authority("NL", "Autoriteit Persoonsgegevens", "https://autoriteitpersoonsgegevens.nl"),
        Authority(
            "BE",
            "Gegevensbeschermingsautoriteit / Autorité de protection des données",
            "https://www.dataprotectionauthority.be",
        ),
        Authority("FI", "Tietosuojavaltuutetun toimisto / Dataombudsmannens byrå", "https://tietosuoja.fi"),
        Authority("FR", "Commission nationale de l'informatique et des libertés (CNIL)", "https://www.cnil.fr"),
    )
}
"""Of the countries whose companies Gangway knows."""


def authority_of(country: str) -> Authority | None:
    """The one of a country, None where we know none."""
    return AUTHORITIES.get(country)


def authorities_from(country: str) -> list[Authority]:
    """All of them, that of `country` first."""
    return sorted(AUTHORITIES.values(), key=lambda authority: authority.country != country)
