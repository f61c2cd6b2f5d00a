"""Ways to reach a company: post codes, phone numbers, e-mail and web addresses, each in one canonical form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote, urlsplit

import idna
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from app.core.i18n import _l
from app.core.identifiers.text import Invalid, Lazy, plain_digits

EMAIL_LIMIT = 254
WEBSITE_LIMIT = 300


class InvalidContact(Invalid):
    """`code` names the cause: empty, letters, short, long, unknown, format, unmailable, scheme, userinfo, host."""


# --- post codes -------------------------------------------------------------------------------------------------------

_POSTCODES: Mapping[str, tuple[re.Pattern[str], str, Lazy]] = MappingProxyType(
    {
        "PL": (
            re.compile("([0-9]{2})([0-9]{3})"),
            "-",
            _l("A Polish post code has 5 digits, for example 60-123."),
        ),
        # The letters SA, SD and SS are not given out.
        "NL": (
            re.compile("([1-9][0-9]{3})((?!S[ADS])[A-Z]{2})"),
            " ",
            _l("A Dutch post code has 4 digits and 2 letters, for example 1234 AB."),
        ),
        "BE": (re.compile("([1-9][0-9]{3})"), "", _l("A Belgian post code has 4 digits, for example 9000.")),
        "FI": (re.compile("([0-9]{5})"), "", _l("A Finnish post code has 5 digits, for example 00100.")),
        "FR": (
            re.compile("([0-9]{5})"),
            "",
            _l("A French post code has 5 digits, for example 69002. Write Cedex after the city."),
        ),
    }
)


def normalise_postcode(country: str, typed: str) -> str:
    """`1234ab` -> `1234 AB`. In a country without a rule here the code is taken as typed. Raises InvalidContact."""
    compact = re.sub(r"[\s.\-\u2010-\u2015\u2212]+", "", plain_digits(typed).upper())
    rule = _POSTCODES.get(country)
    if rule is None:
        return " ".join(typed.split()).upper()
    pattern, separator, message = rule
    # F- and B- are the older marks of the country in front of a code.
    if len(compact) > 3:
        compact = compact.removeprefix(country)
        compact = compact[1:] if compact[:1] == country[0] and country in ("FR", "BE") else compact
    if not compact:
        raise InvalidContact("empty", _l("Enter the post code"))
    found = pattern.fullmatch(compact)
    if found is None:
        raise InvalidContact("format", message)
    return separator.join(found.groups())


# --- phones -----------------------------------------------------------------------------------------------------------

_PHONE_SIGNS = re.compile(r"[\s()./\-+\u2010-\u2015\u2212\uff0b]+")


def normalise_phone(typed: str, country: str) -> str:
    """E.164. Without a country code in front the number is one of `country`. Raises InvalidContact.

    The length is checked, the ranges are not: operators open new ones faster than our list of them is renewed.
    """
    plain = plain_digits(typed).strip()
    bare = _PHONE_SIGNS.sub("", plain)
    if not bare:
        raise InvalidContact("empty", _l("Enter the phone number"))
    if not (bare.isascii() and bare.isdigit()):
        raise InvalidContact("letters", _l("A phone number has digits only. Leave out letters and extensions."))
    if country == "PL" and bare.startswith("0") and not bare.startswith("00"):
        plain = bare[1:]  # Poland gave up the zero in front of area codes in 2009; some people still write it
    try:
        number = phonenumbers.parse(plain[:100], country or None)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            raise InvalidContact("unknown", _UNKNOWN if plain.startswith("+") else _WITHOUT_CODE) from error
        code = "long" if error.error_type == NumberParseException.TOO_LONG else "short"
        raise InvalidContact(code, _TOO_LONG if code == "long" else _TOO_SHORT) from error
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == ValidationResult.IS_POSSIBLE:
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if reason == ValidationResult.TOO_LONG:
        raise InvalidContact("long", _TOO_LONG)
    if reason == ValidationResult.INVALID_COUNTRY_CODE:
        raise InvalidContact("unknown", _UNKNOWN)
    raise InvalidContact("short", _TOO_SHORT)


_UNKNOWN = _l("No country has the code with which this phone number begins. Check the digits after the sign +.")
_WITHOUT_CODE = _l("Begin the phone number with the sign + and the country's code, for example +48.")
_TOO_SHORT = _l("This phone number is too short. Check that no digit is missing, the area code included.")
_TOO_LONG = _l("This phone number is too long. Check that no digit was typed twice.")


def show_phone(canonical: str) -> str:
    """`+48221234567` -> `+48 22 123 45 67`; what is not understood is shown as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(canonical[:100], None), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return canonical


def dialled(phone: str) -> str:
    """`+48 22 123 45 67` -> `+48221234567`: what stands behind `tel:` in a link."""
    return re.sub(r"[^\d+]", "", phone)


# --- e-mail -----------------------------------------------------------------------------------------------------------


def normalise_email(typed: str) -> str:
    """The address as mail servers take it: an international domain in its ASCII form. Raises InvalidContact."""
    text = typed.strip().removeprefix("mailto:").strip()
    if not text:
        raise InvalidContact("empty", _l("Enter the e-mail address"))
    if len(text) > EMAIL_LIMIT:
        raise InvalidContact("long", _l("This e-mail address is too long: at most 254 signs are possible."))
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise InvalidContact(
            "format", _l("Enter the e-mail address with the sign @ in it, for example name@company.example.")
        )
    if not local.isascii():
        # Only servers with SMTPUTF8 on the whole way could deliver it: the person would never hear from us.
        raise InvalidContact(
            "unmailable",
            _l(
                "We cannot send mail to this address, because the part before the sign @ has letters with accents "
                "or of another alphabet. Enter an address in plain Latin letters."
            ),
        )
    if "." not in domain:
        raise InvalidContact("host", _l("The e-mail address should end in a domain, for example company.example."))
    try:
        # test_environment lets domains ending in .test pass, which never reach a real mailbox but do no harm either.
        found = validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidContact(
            "format",
            _l("This does not look like an e-mail address. Check it, for example for blanks or a dot too many."),
        ) from error
    if not found.ascii_email or len(found.ascii_email) > EMAIL_LIMIT:
        raise InvalidContact("long", _l("This e-mail address is too long: at most 254 signs are possible."))
    return found.ascii_email


# --- websites ---------------------------------------------------------------------------------------------------------

_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*)://", re.IGNORECASE)
_NOT_A_WEBSITE = re.compile(r"(javascript|data|vbscript|file|mailto|tel|ftp|blob|about):", re.IGNORECASE)
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9\-]{0,61}[a-z0-9])")
_ADDRESS = _l("Enter the address of a website, for example https://company.example.")


def normalise_website(typed: str) -> str:
    """An http or https address with its host in ASCII; https:// is added when missing. Raises InvalidContact."""
    text = typed.strip()
    if not text:
        raise InvalidContact("empty", _ADDRESS)
    if len(text) > WEBSITE_LIMIT:
        raise InvalidContact("long", _l("This address is too long: at most 300 signs fit."))
    scheme = _SCHEME.match(text)
    if _NOT_A_WEBSITE.match(text) or (scheme and scheme[1].lower() not in ("http", "https")):
        raise InvalidContact("scheme", _l("The address of a website begins with https:// or http://."))
    if re.search(r"[\s\\<>\"^`{|}\x00-\x1f\x7f]", text):
        raise InvalidContact("format", _ADDRESS)
    try:
        parts = urlsplit(text if scheme else f"https://{text.lstrip('/')}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidContact("format", _ADDRESS) from error
    if "@" in parts.netloc:
        raise InvalidContact("userinfo", _l("Leave out the user name and the sign @ in the address of the website."))
    ascii_host = _ascii_host(host)
    if not _HOST.fullmatch(ascii_host):
        raise InvalidContact("host", _ADDRESS)
    default = {"http": 80, "https": 443}[parts.scheme]
    netloc = ascii_host if port in (None, default) else f"{ascii_host}:{port}"
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._") if parts.path != "/" or parts.query or parts.fragment else ""
    query = f"?{quote(parts.query, safe='/?%:@!$&()*+,;=~-._')}" if parts.query else ""
    fragment = f"#{quote(parts.fragment, safe='/?%:@!$&()*+,;=~-._')}" if parts.fragment else ""
    address = f"{parts.scheme}://{netloc}{path}{query}{fragment}"
    if len(address) > WEBSITE_LIMIT:
        raise InvalidContact("long", _l("This address is too long: at most 300 signs fit."))
    return address


def _ascii_host(host: str) -> str:
    try:
        return idna.encode(host.rstrip("."), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""


def show_website(canonical: str) -> str:
    """The address as people say it: without https:// and with the letters of an international domain."""
    scheme, found, rest = canonical.partition("://")
    if not found or scheme not in ("http", "https"):
        return canonical
    host, slash, path = rest.partition("/")
    try:
        shown = idna.decode(host) if "xn--" in host else host
    except (idna.IDNAError, UnicodeError):
        shown = host
    return f"{shown}{slash}{path}".rstrip("/")
