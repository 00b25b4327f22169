"""How far two records agree."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler

from services.referral.domain.identity.decision import Verdict, bits_to_ask, decide, same_number
from services.referral.domain.identity.levels import (
    Level,
    addresses,
    circumstances,
    compare,
    dates,
    exact,
    names,
    shared,
    text,
)
from services.referral.domain.identity.sieve import Sieve
from services.referral.domain.identity.traits import Traits
from services.referral.store.identity_weights import current_weights
from tests.unit.referral.identity.people import traits


@pytest.mark.parametrize(("one", "other", "similarity"), [
    # Winkler (1990), table of examples; as also printed by the U.S. Census Bureau's strcmp95.
    ("MARTHA", "MARHTA", 0.961), ("DWAYNE", "DUANE", 0.840), ("DIXON", "DICKSONX", 0.813), ("JONES", "JOHNSON", 0.832),
    ("SHACKLEFORD", "SHACKELFORD", 0.982), ("ABROMS", "ABRAMS", 0.922),
])  # fmt: skip
def test_the_similarity_is_jaro_winkler(one: str, other: str, similarity: float) -> None:
    assert JaroWinkler.similarity(one, other) == pytest.approx(similarity, abs=5e-4)


@pytest.mark.parametrize(("one", "other", "level"), [
    ("MARLOW", "MARLOW", Level.EQUAL), ("MARTHA", "MARHTA", Level.CLOSE), ("ABROMS", "ABRAMS", Level.CLOSE),
    ("MARLOW", "MARVOL", Level.NEAR), ("DWAYNE", "DUANE", Level.ELSE), ("MARLOW", "", Level.MISSING),
    ("", "", Level.MISSING),
    # Exactly .85: it counts, however the fraction is rounded.
    ("MCCATTMHY", "MCCARYHY", Level.NEAR),
])  # fmt: skip
def test_names_agree_by_degrees(one: str, other: str, level: Level) -> None:
    assert text(one, other) is level


@pytest.mark.parametrize(("other", "level"), [
    ("19900517", Level.EQUAL), ("19901705", Level.ONE_EDIT), ("19900518", Level.ONE_EDIT), ("19900571", Level.ONE_EDIT),
    ("1990517", Level.ONE_EDIT), ("19910518", Level.TWO_EDITS), ("19700718", Level.ELSE), ("", Level.MISSING),
])  # fmt: skip
def test_birth_dates_agree_by_edits(other: str, level: Level) -> None:
    assert dates("19900517", other) is level


def test_names_are_compared_crosswise_only_where_both_agree_so() -> None:
    swapped = names(traits(), "SAMPLETON", "MARLOW")
    assert (swapped.given, swapped.surname, swapped.swapped) == (Level.EQUAL, Level.EQUAL, True)
    half = names(traits(), "ADA", "MARLOW")
    assert (half.given, half.surname, half.swapped) == (Level.ELSE, Level.ELSE, False)
    twice = Traits(given="ADA", surname="ADA")
    assert not names(twice, "ADA", "ADA").swapped


def test_addresses_and_telephones_agree_if_any_does() -> None:
    many, one = frozenset({"1FABLEST", "2FICTIONWAY"}), frozenset({"2FICTIONWAY"})
    assert addresses(many, one) is Level.EQUAL
    assert addresses(frozenset({"2FICTIONWAI"}), many) is Level.CLOSE
    assert addresses(many, frozenset({"99ELSEWHERE"})) is Level.ELSE
    assert addresses(many, frozenset()) is Level.MISSING
    assert shared(one, many) is Level.EQUAL
    assert shared(one, frozenset({"X"})) is Level.ELSE
    assert exact("", "1") is Level.MISSING


NAMES = st.text(string.ascii_uppercase[:6], max_size=9)
DATES = st.one_of(st.just(""), st.text("0123456789", min_size=8, max_size=8))
PEOPLE = st.builds(
    Traits,
    given=NAMES,
    surname=NAMES,
    generation=st.sampled_from(["", "JR", "SR"]),
    born=DATES,
    sid=st.sampled_from(["", "1", "2"]),
    otn=st.sampled_from(["", "1", "2"]),
    phones=st.frozensets(st.sampled_from(["4125550100", "4125550101"])),
    addresses=st.frozensets(NAMES.filter(bool), max_size=2),
)


@given(PEOPLE, PEOPLE)
def test_who_comes_first_does_not_matter(one: Traits, other: Traits) -> None:
    assert current_weights().bits(compare(one, other)) == current_weights().bits(compare(other, one))


@given(PEOPLE)
def test_a_record_agrees_with_itself_in_all_it_says(one: Traits) -> None:
    found = compare(one, one)
    assert {found.names.given, found.names.surname, found.birth_date, found.address, found.phone, found.sid} <= {
        Level.EQUAL,
        Level.MISSING,
    }
    assert current_weights().bits(found) >= 0


@given(NAMES, NAMES)
def test_a_level_is_a_threshold_of_the_similarity(one: str, other: str) -> None:
    similarity = JaroWinkler.similarity(one, other)
    expected = (
        Level.MISSING if not one or not other
        else Level.EQUAL if one == other
        else Level.CLOSE if similarity > 0.92 - 1e-6
        else Level.NEAR if similarity > 0.85 - 1e-6
        else Level.ELSE
    )  # fmt: skip
    assert text(one, other) is expected


@given(DATES.filter(bool), st.integers(0, 7), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_one_edit_in_either_direction(born: str, at: int, digit: str) -> None:
    wrong = born[:at] + digit + born[at + 1 :]
    assert dates(born, wrong) in (Level.EQUAL, Level.ONE_EDIT)
    assert dates(born, wrong) is dates(wrong, born)


SURNAMES = st.one_of(NAMES, st.sampled_from(["SMITH", "SMYTH", "JOHNSON", "ZZYZXWICK"]))


@given(PEOPLE, PEOPLE, SURNAMES, SURNAMES)
def test_nobody_is_passed_over_who_could_be_the_same(one: Traits, other: Traits, first: str, second: str) -> None:
    """Names are never worth more than the most that is reckoned with before they are compared."""
    one, other = one._replace(surname=first), other._replace(surname=second)
    weights = current_weights()
    most = weights.most_of_names(one.surname) + weights.of_circumstances(circumstances(one, other))
    assert most >= weights.bits(compare(one, other)) - 1e-9


@given(PEOPLE, PEOPLE, SURNAMES, st.sampled_from([1_000, 100_000, 10_000_000]))
def test_the_sieve_passes_whom_the_rules_would_not_call_somebody_else(
    one: Traits, other: Traits, surname: str, people: int
) -> None:
    one = one._replace(surname=surname)
    if Sieve(one, current_weights(), people).passes(other.packed()):
        return
    assert decide(compare(one, other), current_weights(), people).verdict is Verdict.NEW


@given(PEOPLE, PEOPLE, st.sampled_from([1_000, 100_000]))
def test_the_sieve_reckons_as_the_weights_do(one: Traits, other: Traits, people: int) -> None:
    weights, found = current_weights(), compare(one, other)
    bits = weights.bits(found)
    expected = same_number(found) or bits >= bits_to_ask(people)
    if abs(bits - bits_to_ask(people)) > 1e-6 or same_number(found):
        assert Sieve(one, weights, people).passes(other.packed()) is expected
