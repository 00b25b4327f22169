"""What stands in a field instead of a value is no evidence that two people are one."""

from __future__ import annotations

import pytest

from services.referral.domain.identity.decision import Verdict
from tests.unit.referral.identity.people import decided, traits


@pytest.mark.parametrize(
    "sid", ["NONE", "none", "N/A", "Unknown", "UNK", "0", "00000000", "99999999", "123456789", "XXX", "-"]
)
def test_a_filler_is_no_number(sid: str) -> None:
    assert traits(sid=sid).sid == ""
    assert traits(otn=sid).otn == ""


@pytest.mark.parametrize("sid", ["1", "PA-4411", "SID-77001", "10000000", "12345678A"])
def test_a_number_stays_one(sid: str) -> None:
    assert traits(sid=sid).sid


@pytest.mark.parametrize(
    "address", ["HOMELESS", "Homeless.", "transient", "No fixed address", "UNKNOWN", "General Delivery"]
)
def test_nowhere_is_no_address(address: str) -> None:
    assert traits(addresses=[address]).addresses == frozenset()


@pytest.mark.parametrize("number", ["000-000-0000", "999 999 9999", "412-555-5555", "123-456-7890", "412-000-0000"])
def test_a_filler_is_no_telephone(number: str) -> None:
    assert traits(phones=[number]).phones == frozenset()


@pytest.mark.parametrize(
    ("first", "last"), [("John", "Doe"), ("Jane", "Doe"), ("Unknown", "Unknown"), ("FNU", "LNU"), ("", "Unidentified")]
)
def test_nobody_named_is_never_linked_by_a_rule(first: str, last: str) -> None:
    assert not traits(first=first, last=last, sid="PA-4411").linkable


@pytest.mark.parametrize(("first", "last"), [("Johanna", "Doe"), ("Arthur", "Blank"), ("Marlow", "No"), ("Na", "Test")])
def test_names_that_look_like_words_are_names(first: str, last: str) -> None:
    assert traits(first=first, last=last).linkable


@pytest.mark.parametrize("day", ["1900-01-01", "1901-01-01", "1111-11-11"])
def test_a_day_that_forms_fill_in_is_no_birth_date(day: str) -> None:
    assert traits(birth_date=day).born == ""


def test_twins_without_a_number_are_asked_about() -> None:
    one = traits(first="Marcus", last="Johnson", sid="NONE")
    other = traits(first="Darnell", last="Johnson", sid="None")
    assert decided(one, other).verdict is not Verdict.LINK


def test_namesakes_without_an_address_are_two() -> None:
    one = traits(birth_date="1980-01-01", addresses=["HOMELESS"])
    other = traits(birth_date="1991-07-23", addresses=["Homeless"])
    assert decided(one, other).verdict is not Verdict.LINK
