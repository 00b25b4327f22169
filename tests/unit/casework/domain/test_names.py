"""People are found as they are remembered: by part of a name, by its sound, in any order, by a number."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.casework.domain.names import asked, called, indexed, number, number_tail, on_file
from shared.contracts import PersonProfile
from shared.contracts.person_profile import Name, Phone

MARLOW = PersonProfile(
    person_id=UUID("0192f5c1-0000-7000-8000-0123456789ab"),
    names=[Name(first="Marlow", middle="Q", last="O’Sampleton")],
    preferred_name="Lowie",
    aliases=[Name(first="John", last="Smith")],
    birth_date=date(1990, 2, 3),
    birth_precision="day",
    phones=[Phone(number="(412) 555-0142")],
    state_id="PA-12 34",
    updated_at=datetime(2026, 3, 1, tzinfo=UTC),
    recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
)


def matches(query: str) -> bool:
    tokens, ways = indexed(MARLOW), asked(query)
    words = {way.word for way in ways}
    return bool(words) and words == {way.word for way in ways if way.token in tokens}


@pytest.mark.parametrize(
    "query",
    [
        "marlow osampleton", "Osampleton, Marlow", "marl", "MARLOW", "Lowie", "Jon Smyth", "smith john",
        "1990-02-03", "2/3/1990", "412 555 0142", "555-0142",
    ],
)  # fmt: skip
def test_found_by(query: str) -> None:
    assert matches(query)


@pytest.mark.parametrize("query", ["", "  ", "marlow exampleton", "1990-02-04", "5550143", "%"])
def test_not_found_by(query: str) -> None:
    assert not matches(query)


def test_an_exact_word_is_worth_more_than_its_start_and_its_sound() -> None:
    worth = {way.token.partition(":")[0]: way.worth for way in asked("marlow")}
    assert worth["name"] > worth["start"] > worth["sound"]


def test_no_token_tells_a_name_without_the_key_prefixes_are_short() -> None:
    assert "start:o" not in indexed(MARLOW)
    assert all(len(token) <= len("start:") + 6 for token in indexed(MARLOW) if token.startswith("start:"))


def test_people_are_called_as_they_prefer_and_the_name_on_file_is_whole() -> None:
    assert called(MARLOW) == "Lowie O’Sampleton"
    assert on_file(MARLOW) == "Marlow Q O’Sampleton"


def test_a_number_said_on_the_phone_leads_back_to_the_id() -> None:
    assert number(MARLOW.person_id) == "4567-89AB"
    assert number_tail("4567 89ab") == number_tail(str(MARLOW.person_id)) == "456789ab"
    assert number_tail("Marlow") is None
