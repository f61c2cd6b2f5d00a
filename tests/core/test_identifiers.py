"""Numbers and addresses: what is typed becomes canonical or gets a message that helps; nothing else ever happens."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import identifiers as ids

VALID = [
    ("PL", "8567346215", "856-734-62-15"),
    ("NL", "84217305", "84217305"),
    ("NL", "01234567", "01234567"),
    ("FI", "2332748-7", "2332748-7"),
    ("BE", "0123456749", "0123.456.749"),
    ("BE", "0403019261", "0403.019.261"),
    ("FR", "90451720800016", "904 517 208 00016"),
]

ANY_TEXT = st.one_of(
    st.text(),
    st.text(alphabet="0123456789- .PLNFIBER", max_size=25),
    st.text(alphabet=st.characters(categories=["Nd", "No", "Cs", "Cc", "Lu"])),
)
COUNTRY = st.sampled_from(["PL", "NL", "FI", "BE", "FR", "DE", ""])
KIND = st.sampled_from(["company_number", "vat_number", "regon", "krs", "einvoice_address", "einvoice_operator", "x"])


@pytest.mark.parametrize(
    ("country", "typed", "canonical"),
    [
        ("PL", "PL 856-734-62-15", "8567346215"),
        ("PL", "pl8567346215", "8567346215"),
        ("PL", "NIP: 856 734 62 15", "8567346215"),
        ("PL", "856\u00a0734\u202f62\u201115", "8567346215"),
        ("PL", "８５６７３４６２１５", "8567346215"),
        ("PL", "٨٥٦٧٣٤٦٢١٥", "8567346215"),
        ("PL", " 856/734/62/15\u200b", "8567346215"),
        ("NL", "KvK 8421.73.05", "84217305"),
        ("NL", "kvk-nummer: 84217305", "84217305"),
        ("FI", "2332748-7", "2332748-7"),
        ("FI", "23327487", "2332748-7"),
        ("FI", "FI23327487", "2332748-7"),
        ("FI", "Y-tunnus 2332748-7", "2332748-7"),
        ("BE", "BE 0123.456.749", "0123456749"),
        ("BE", "123 456 749", "0123456749"),
        ("FR", "904 517 208 00016", "90451720800016"),
        ("FR", "Siret : 904 517 208 00016", "90451720800016"),
    ],
)
def test_a_company_number_is_taken_however_it_is_written(country: str, typed: str, canonical: str) -> None:
    assert ids.normalise_company_number(country, typed) == canonical


@pytest.mark.parametrize(
    ("country", "typed", "code", "words"),
    [
        ("PL", "", "empty", "Enter the NIP"),
        ("PL", " - ", "empty", "Enter the NIP"),
        ("PL", "PL", "empty", "Enter the NIP"),
        ("PL", "PL 856-734-62-16", "check", "Check the last digits"),
        ("PL", "856-73A-62-15", "letters", "digits only"),
        ("PL", "856734621", "length", "has 10 digits, and here the number of digits is 9"),
        ("PL", "85673462155", "length", "the number of digits is 11"),
        ("PL", "0000000000", "check", "Check the last digits"),
        ("PL", "NL84217305", "other_country", "code NL, but the chosen country has the code PL"),
        ("NL", "8421730", "length", "the number of digits is 7"),
        ("NL", "00000000", "check", "Check the digits"),
        ("NL", "NL123456789B13", "other_number", "btw-id"),
        ("NL", "000012345678", "other_number", "branch"),
        ("NL", "842173O5", "letters", "digits only"),
        ("FI", "2332748-8", "check", "Check the last digits"),
        ("FI", "2332748", "length", "the number of digits is 7"),
        ("BE", "0123456748", "check", "Check the last digits"),
        ("BE", "2123456749", "other_number", "begins with 0 or 1"),
        ("BE", "0123", "length", "the number of digits is 4"),
        ("FR", "904517208", "other_number", "This is a SIREN"),
        ("FR", "FR13904517208", "other_number", "This is a VAT number"),
        ("FR", "90451720800017", "check", "Check the last digits"),
        ("FR", "9045172080001", "length", "the number of digits is 13"),
        ("DE", "123456789", "unknown_country", "Choose the country first"),
        ("", "123456789", "unknown_country", "Choose the country first"),
    ],
)
def test_each_slip_has_its_own_message(country: str, typed: str, code: str, words: str) -> None:
    with pytest.raises(ids.InvalidNumber) as refused:
        ids.normalise_company_number(country, typed)
    assert refused.value.code == code
    assert words in str(refused.value.message)


@pytest.mark.parametrize(("country", "canonical", "shown"), VALID)
def test_a_number_is_shown_the_national_way_and_read_back(country: str, canonical: str, shown: str) -> None:
    assert ids.show_company_number(country, canonical) == shown
    assert ids.normalise_company_number(country, shown) == canonical


@given(country=COUNTRY, kind=KIND, typed=ANY_TEXT)
def test_no_text_brings_anything_but_a_number_or_its_refusal(country: str, kind: str, typed: str) -> None:
    try:
        canonical = ids.normalise_identifier(country, kind, typed)
    except ids.InvalidNumber:
        pass
    else:
        assert canonical.isascii()
        assert ids.normalise_identifier(country, kind, canonical) == canonical
        assert ids.normalise_identifier(country, kind, ids.show_identifier(country, kind, canonical).split(" (")[0])


@given(
    digits=st.integers(1, 99_999_999).map("{:08d}".format), blanks=st.lists(st.sampled_from(" .-/\u00a0"), max_size=7)
)
def test_any_kvk_number_survives_its_ornaments(digits: str, blanks: list[str]) -> None:
    typed = "".join(digit + blank for digit, blank in zip(digits, [*blanks, *[""] * 8], strict=False))
    assert ids.normalise_company_number("NL", typed) == digits


@given(text=ANY_TEXT, country=COUNTRY)
def test_showing_never_fails(text: str, country: str) -> None:
    ids.show_company_number(country, text)
    ids.number_search_words(country, text)
    ids.show_phone(text)
    ids.show_website(text)


@pytest.mark.parametrize(
    ("country", "kind", "typed", "canonical"),
    [
        ("PL", "regon", "123-456-785", "123456785"),
        ("PL", "regon", "12345678512347", "12345678512347"),
        ("PL", "krs", "KRS 0000 123456", "0000123456"),
        ("PL", "vat_number", "856-734-62-15", "PL8567346215"),
        ("NL", "vat_number", "NL 1234.56.789.B13", "NL123456789B13"),
        ("NL", "vat_number", "btw nr 002455799b11", "NL002455799B11"),  # a sole trader: mod 97 alone
        ("NL", "vat_number", "NL004495445B01", "NL004495445B01"),  # a company: RSIN with the eleven-test
        ("FI", "vat_number", "2332748-7", "FI23327487"),
        ("FI", "einvoice_address", "0037 2332 7487", "003723327487"),
        ("FI", "einvoice_address", "003723327487ab1", "003723327487AB1"),
        ("FI", "einvoice_address", "0216:003723327487", "003723327487"),
        ("FI", "einvoice_address", "FI21 1234 5600 0007 85", "FI2112345600000785"),
        ("FI", "einvoice_operator", "ndeafihh", "NDEAFIHH"),
        ("FI", "einvoice_operator", "Maventa", "003721291126"),
        ("FI", "einvoice_operator", "Danske Bank", "DABAFIHH"),
        ("FI", "einvoice_operator", "003721291126", "003721291126"),
        ("FI", "einvoice_operator", "DEUTDEFF", "DEUTDEFF"),
        ("BE", "vat_number", "BE 0123.456.749", "BE0123456749"),
        ("FR", "vat_number", "fr 13 904 517 208", "FR13904517208"),
        ("FR", "vat_number", "13904517208", "FR13904517208"),
        ("FR", "vat_number", "FR K7 399 859 412", "FRK7399859412"),
    ],
)
def test_the_numbers_beside_are_canonical(country: str, kind: str, typed: str, canonical: str) -> None:
    assert ids.normalise_identifier(country, kind, typed) == canonical


@pytest.mark.parametrize(
    ("country", "kind", "typed", "code"),
    [
        ("PL", "regon", "123456786", "check"),
        ("PL", "regon", "1234567851", "length"),
        ("PL", "krs", "123456", "length"),
        ("PL", "vat_number", "DE123456789", "other_country"),
        ("NL", "vat_number", "NL123456789B14", "check"),
        ("NL", "vat_number", "123456789", "format"),
        ("NL", "vat_number", "NL111222333B01", "other_number"),
        ("FI", "einvoice_address", "003723327488", "check"),
        ("FI", "einvoice_address", "0037", "format"),
        ("FI", "einvoice_address", "FI2112345600000786", "check"),
        ("FI", "einvoice_operator", "???", "format"),
        ("FI", "einvoice_operator", "", "empty"),
        ("BE", "vat_number", "BE0123456748", "check"),
        ("FR", "vat_number", "FR14904517208", "check"),
        ("FR", "vat_number", "904517208", "format"),
        ("FI", "regon", "123456785", "unknown_country"),
    ],
)
def test_the_numbers_beside_are_checked(country: str, kind: str, typed: str, code: str) -> None:
    with pytest.raises(ids.InvalidNumber) as refused:
        ids.normalise_identifier(country, kind, typed)
    assert refused.value.code == code


def test_the_old_number_of_a_sole_trader_is_refused_because_it_holds_the_citizen_number() -> None:
    with pytest.raises(ids.InvalidNumber, match="other_number") as refused:
        ids.normalise_identifier("NL", "vat_number", "NL111222333B01")
    assert "citizen service number" in str(refused.value.message)


def test_the_key_of_a_company_ignores_its_establishments() -> None:
    assert ids.company_key("PL", "8567346215") == "PL:8567346215"
    assert ids.company_key("FI", "2332748-7") == "FI:2332748-7"
    assert ids.company_key("FR", "90451720800016") == ids.company_key("FR", "90451720800024") == "FR:904517208"


def test_the_french_vat_number_is_offered_from_the_siret() -> None:
    offered = ids.tva_of("90451720800016")
    assert offered == "FR13904517208"
    assert ids.normalise_identifier("FR", "vat_number", offered) == offered


def test_a_number_is_found_however_it_is_looked_for() -> None:
    assert ids.number_search_words("PL", "8567346215").split() == ["8567346215", "856-734-62-15"]
    assert ids.number_search_words("FI", "2332748-7").split() == ["2332748-7", "23327487"]


@pytest.mark.parametrize("country", sorted(ids.COUNTRIES))
def test_every_country_says_what_it_asks_and_its_examples_are_right(country: str) -> None:
    rules = ids.COUNTRIES[country]
    assert rules.asked[0] == "company_number"
    assert set(rules.asked) <= set(rules.numbers)
    for kind, rule in rules.numbers.items():
        assert str(rule.label)
        assert str(rule.hint)
        assert str(rule.missing)
        assert ids.normalise_identifier(country, kind, rule.example)


@pytest.mark.parametrize(
    ("country", "typed", "canonical"),
    [
        ("NL", "1234ab", "1234 AB"),
        ("NL", " 1234  A B", "1234 AB"),
        ("NL", "NL-1234 AB", "1234 AB"),
        ("PL", "60123", "60-123"),
        ("PL", "60 - 123", "60-123"),
        ("PL", "６０１２３", "60-123"),
        ("FI", "FI-00100", "00100"),
        ("BE", "B-9000", "9000"),
        ("FR", "F-69002", "69002"),
        ("FR", "69 002", "69002"),
        ("DE", "10115 ", "10115"),
    ],
)
def test_a_post_code_is_written_as_its_country_does(country: str, typed: str, canonical: str) -> None:
    assert ids.normalise_postcode(country, typed) == canonical


@pytest.mark.parametrize(
    ("country", "typed"),
    [("NL", "0123 AB"), ("NL", "1234"), ("NL", "1234 SS"), ("PL", "6012"), ("PL", "60-1234"), ("FI", "0010"),
     ("BE", "0900"), ("FR", "69002 Cedex 02"), ("PL", "ab-cde"), ("FR", "")],
)  # fmt: skip
def test_a_wrong_post_code_is_refused_with_an_example(country: str, typed: str) -> None:
    with pytest.raises(ids.InvalidContact) as refused:
        ids.normalise_postcode(country, typed)
    assert "for example" in str(refused.value.message) or refused.value.code == "empty"


@pytest.mark.parametrize(
    ("typed", "country", "canonical", "shown"),
    [
        ("22 123 45 67", "PL", "+48221234567", "+48 22 123 45 67"),
        ("022 123 45 67", "PL", "+48221234567", "+48 22 123 45 67"),
        ("+31 (0)20 123 4567", "PL", "+31201234567", "+31 20 123 4567"),
        ("0031 20 123 4567", "PL", "+31201234567", "+31 20 123 4567"),
        ("020-1234567", "NL", "+31201234567", "+31 20 123 4567"),
        ("040 123 4567", "FI", "+358401234567", "+358 40 1234567"),
        ("06 39 98 12 34", "FR", "+33639981234", "+33 6 39 98 12 34"),
        ("02/123.45.67", "BE", "+3221234567", "+32 2 123 45 67"),
        ("＋48 600 100 200", "", "+48600100200", "+48 600 100 200"),
    ],
)
def test_a_phone_number_needs_no_country_code_where_the_country_is_known(
    typed: str, country: str, canonical: str, shown: str
) -> None:
    assert ids.normalise_phone(typed, country) == canonical
    assert ids.show_phone(canonical) == shown


@pytest.mark.parametrize(
    ("typed", "country", "code"),
    [
        ("", "PL", "empty"),
        ("call me", "PL", "letters"),
        ("22 123 45 67 ext 5", "PL", "letters"),
        ("0800 FLOWERS", "NL", "letters"),
        ("12345", "PL", "short"),
        ("1", "PL", "short"),
        ("+", "PL", "empty"),
        ("22 123 45 67 89 01 23", "PL", "long"),
        ("9" * 40, "PL", "long"),
        ("+999 123 456 789", "PL", "unknown"),
        ("22 123 45 67", "", "unknown"),
    ],
)
def test_a_wrong_phone_number_says_why(typed: str, country: str, code: str) -> None:
    with pytest.raises(ids.InvalidContact) as refused:
        ids.normalise_phone(typed, country)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        (" anna@company.example ", "anna@company.example"),
        ("mailto:Anna.K+1@Company.Example", "Anna.K+1@company.example"),
        ("anna@żółw.example", "anna@xn--w-uga1v8h.example"),
        ("anna@firma.test", "anna@firma.test"),
    ],
)
def test_an_email_address_is_stored_as_mail_servers_take_it(typed: str, canonical: str) -> None:
    assert ids.normalise_email(typed) == canonical


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("anna", "format"),
        ("anna@", "format"),
        ("@company.example", "format"),
        ("żółw@company.example", "unmailable"),
        ("anna@company", "host"),
        ("anna @company.example", "format"),
        ("anna@company..example", "format"),
        ("a@b@company.example", "format"),
        ("anna@company.example\r\nBcc: x@y.example", "format"),
        ("anna@[127.0.0.1]", "format"),
        ("a" * 65 + "@company.example", "format"),
        ("anna@" + "a." * 130 + "example", "long"),
    ],
)
def test_an_email_address_we_could_not_mail_is_refused(typed: str, code: str) -> None:
    with pytest.raises(ids.InvalidContact) as refused:
        ids.normalise_email(typed)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("typed", "canonical", "shown"),
    [
        ("company.example", "https://company.example", "company.example"),
        ("//company.example/", "https://company.example", "company.example"),
        ("HTTP://Company.Example:80/Shop?q=1", "http://company.example/Shop?q=1", "company.example/Shop?q=1"),
        ("https://company.example:8443/", "https://company.example:8443", "company.example:8443"),
        ("company.example:8080/a", "https://company.example:8080/a", "company.example:8080/a"),
        ("żółw.example/buty", "https://xn--w-uga1v8h.example/buty", "żółw.example/buty"),
        ("company.example/ł", "https://company.example/%C5%82", "company.example/%C5%82"),
        ("company.example/#/shop", "https://company.example/#/shop", "company.example/#/shop"),
    ],
)  # fmt: skip
def test_a_website_gets_its_https(typed: str, canonical: str, shown: str) -> None:
    assert ids.normalise_website(typed) == canonical
    assert ids.normalise_website(canonical) == canonical
    assert ids.show_website(canonical) == shown


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("javascript:alert(1)", "scheme"),
        ("ftp://company.example", "scheme"),
        ("data:text/html,x", "scheme"),
        ("https://user:pw@company.example", "userinfo"),
        ("anna@company.example", "userinfo"),
        ("localhost", "host"),
        ("https://127.0.0.1/", "host"),
        ("https://[::1]/", "host"),
        ("https://company.example:99999/", "format"),
        ("https://", "host"),
        ("https://[", "format"),
        ("company .example", "format"),
        ("https://company.example/\\x", "format"),
        ("https://-a.example", "host"),
        ("https://" + "a" * 300 + ".example", "long"),
    ],
)
def test_a_website_that_is_none_is_refused(typed: str, code: str) -> None:
    with pytest.raises(ids.InvalidContact) as refused:
        ids.normalise_website(typed)
    assert refused.value.code == code


@given(typed=ANY_TEXT | st.text(alphabet="htps:/.@[]#?%x\u3002ß1 ").map("https://a.example".__add__), country=COUNTRY)
def test_contacts_bring_nothing_but_an_address_or_its_refusal(typed: str, country: str) -> None:
    for normalise in (
        lambda: ids.normalise_phone(typed, country),
        lambda: ids.normalise_postcode(country, typed),
        lambda: ids.normalise_email(typed),
        lambda: ids.normalise_website(typed),
    ):
        with contextlib.suppress(ids.Invalid):
            normalise()


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  Rowery \t Jarzębina\n", "Rowery Jarzębina"),
        ("Zo\u0301lc", "Zólc"),
        ("\u202eevil\u2066 name\u2069", "evil name"),
        ("a\u00a0b", "a b"),
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("李小龙", "李小龙"),
    ],
)
def test_a_name_is_settled(typed: str, cleaned: str) -> None:
    assert ids.clean_line(typed) == cleaned


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", chr(0xD800), "\ufffd", "\uffff", "\U0001ffff"])
def test_what_cannot_be_stored_is_taken_out_and_said(sign: str) -> None:
    with pytest.raises(ids.InvalidText) as refused:
        ids.clean_line(f"Anna{sign} Kowalik")
    assert refused.value.cleaned == "Anna Kowalik"
    assert ids.clean_line(refused.value.cleaned) == "Anna Kowalik"


def test_a_note_keeps_its_lines() -> None:
    assert ids.clean_text("\r\n one  \r\n\r\n two\u2028three \n\n") == "one\n\n two\nthree"


@given(typed=ANY_TEXT)
def test_cleaned_text_can_always_be_stored(typed: str) -> None:
    for clean in (ids.clean_line, ids.clean_text):
        try:
            cleaned = clean(typed)
        except ids.InvalidText as refused:
            cleaned = refused.cleaned
        assert "\x00" not in cleaned
        cleaned.encode()
        assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("names", "slug"),
    [
        (("Łukasz", "O'Żółć"), "LukaszOZolc"),
        (("Łukasz O'Żółć",), "LukaszOZolc"),
        (("Anne-Marie", "van der Berg"), "AnneMarieVanDerBerg"),
        (("Jürgen", "Weiß"), "JurgenWeiss"),
        (("李", "小龙"), "LiXiaoLong"),
        (("👍", "🍕"), "Reseller"),
        (("", ""), "Reseller"),
        (("\ud800", "\x00"), "Reseller"),
        (("A" * 200, ""), "A" * 60),
    ],
)
def test_a_name_becomes_link_words(names: tuple[str, ...], slug: str) -> None:
    assert ids.slug_of_name(*names) == slug


@given(names=st.lists(ANY_TEXT, max_size=3))
def test_every_name_gives_a_usable_link(names: list[str]) -> None:
    slug = ids.slug_of_name(*names)
    assert slug.isascii()
    assert slug.isalnum()
    assert len(slug) <= 60
