"""What is compared of an identity, and with whom."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.identity.blocks import MOST_MEMBERS, block_keys, candidate_pairs, soundex
from services.referral.domain.identity.non_values import is_birth_date
from services.referral.domain.identity.traits import Identity, Traits, phone, plain
from tests.unit.referral.identity.people import traits


@pytest.mark.parametrize(("name", "code"), [
    # The examples of the U.S. National Archives, "The Soundex Indexing System".
    ("Washington", "W252"), ("Lee", "L000"), ("Gutierrez", "G362"), ("Pfister", "P236"), ("Jackson", "J250"),
    ("Tymczak", "T522"), ("VanDeusen", "V532"), ("Ashcraft", "A261"),
    # H and W do not separate, vowels do.
    ("Robert", "R163"), ("Rupert", "R163"), ("Honeyman", "H555"), ("O'Néill-Sample", "O542"), ("Ольга", ""), ("", ""),
])  # fmt: skip
def test_soundex_is_the_american_one(name: str, code: str) -> None:
    assert soundex(plain(name)) == code


@given(st.text(string.ascii_letters, min_size=1))
def test_soundex_is_a_letter_and_three_digits_and_ignores_case(name: str) -> None:
    code = soundex(plain(name))
    assert code[0] == name[0].upper()
    assert len(code) == 4
    assert set(code[1:]) <= set("0123456")
    assert soundex(plain(name.swapcase())) == code


@given(st.text())
def test_any_text_is_a_name_without_harm(name: str) -> None:
    assert plain(plain(name)) == plain(name)
    soundex(plain(name))


@pytest.mark.parametrize("other", [
    {"last": "SAMPLETON "}, {"last": "Sample-ton"}, {"first": "Márlow"}, {"middle": "Q"}, {"suffix": "Esq"},
])  # fmt: skip
def test_spelling_that_is_only_spelling_is_equal(other: dict[str, object]) -> None:
    assert traits(**other) == traits()


@pytest.mark.parametrize(("last", "suffix", "generation"), [
    ("Sampleton", "Jr.", "JR"), ("Sampleton Jr.", None, "JR"), ("Sampleton III", "", "III"), ("Sampleton", "Sr", "SR"),
    ("Junior", None, ""), ("Sampleton", "MD", ""),
])  # fmt: skip
def test_a_generation_is_read_from_the_suffix_or_the_end_of_the_surname(
    last: str, suffix: str | None, generation: str
) -> None:
    found = traits(last=last, suffix=suffix)
    assert found.generation == generation
    assert found.surname == ("JUNIOR" if last == "Junior" else "SAMPLETON")


def test_telephone_numbers_are_compared_by_their_last_ten_digits() -> None:
    assert phone("+1 (412) 555-0100") == phone("412.555.0100") == "4125550100"
    assert phone("ext. 12") == ""


@pytest.mark.parametrize(("said", "linkable"), [
    ({}, True), ({"birth_date": None}, False), ({"birth_date": None, "sid": "1"}, True),
    ({"birth_date": None, "otn": "T 1"}, True), ({"first": "", "last": ""}, False), ({"first": ""}, True),
    ({"first": "", "last": "", "sid": "1"}, False),
])  # fmt: skip
def test_linkable_is_a_name_and_one_of_birth_date_state_id_and_tracking_number(
    said: dict[str, object], linkable: bool
) -> None:
    assert traits(**said).linkable is linkable


def test_traits_come_back_as_they_were_packed() -> None:
    whole = traits(
        sid="PA-1", otn="T1", phones=["412-555-0100"], addresses=["1 Fable St", "2 Fiction Way"], suffix="Jr"
    )
    assert Traits.unpacked(whole.packed()) == whole


def shares(one: Traits, other: Traits) -> bool:
    return bool(block_keys(one) & block_keys(other))


@pytest.mark.parametrize("other", [
    # the birth date alone, also with month and day swapped
    {"last": "Quill", "first": "Ada"}, {"last": "Quill", "first": "Ada", "birth_date": "1990-05-17"},
    # one name's sound and the year, or month and day; in either place
    {"last": "Quill", "birth_date": "1990-01-01"}, {"first": "Ada", "birth_date": "1990-01-01"},
    {"last": "Quill", "birth_date": "1970-05-17"}, {"last": "Marlow", "first": "Ada", "birth_date": "1990-01-01"},
    # both names' sounds, in either order
    {"birth_date": None}, {"last": "Marlow", "first": "Sampleton", "birth_date": None},
    {"last": "Samplton", "first": "Marlo", "birth_date": None},
])  # fmt: skip
def test_records_that_share_a_block_are_compared(other: dict[str, object]) -> None:
    assert shares(traits(), traits(**other))


def test_month_and_day_swapped_meet() -> None:
    assert shares(traits(birth_date="1990-05-07"), traits(last="Quill", first="Ada", birth_date="1990-07-05"))


def test_an_equal_number_is_a_block_of_its_own() -> None:
    nobody_else = {"last": "Quill", "first": "Ada", "birth_date": None}
    assert not shares(traits(), traits(**nobody_else))
    assert shares(traits(sid="44-11"), traits(sid="4411", **nobody_else))
    assert shares(traits(otn="T 1"), traits(otn="t1", **nobody_else))


def test_race_and_sex_are_no_trait() -> None:
    said = Identity.of(type("Person", (), {"last": "Quill", "race": "B", "sex": "F"})())
    assert not {"race", "sex"} & set(Identity.model_fields)
    assert Traits.of(said) == Traits(surname="QUILL")


def test_a_block_over_the_limit_is_skipped() -> None:
    most = [Traits(surname=f"X{n}", born="19900517") for n in range(MOST_MEMBERS)]
    assert (0, 1) in candidate_pairs(most)
    apart = [
        Traits(surname=chr(65 + n % 26) + "AEIOU"[n % 5] * (1 + n), born="19900517") for n in range(MOST_MEMBERS + 1)
    ]
    assert (0, MOST_MEMBERS) not in {
        pair for pair in candidate_pairs(apart) if apart[pair[0]].surname[0] != apart[pair[1]].surname[0]
    }


@given(st.dates(min_value=date(1900, 1, 1)).filter(lambda day: is_birth_date(f"{day:%Y%m%d}")))
def test_every_birth_date_is_eight_digits_and_finds_itself(born: date) -> None:
    found = traits(birth_date=born)
    assert len(found.born) == 8
    assert f"born:{found.born}" in block_keys(found)
