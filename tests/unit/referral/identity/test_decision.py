"""Link, ask a person, or a new person."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.identity.decision import Doubt, Verdict, posterior, prior_bits
from services.referral.domain.identity.levels import compare
from services.referral.store.identity_weights import current_weights
from tests.unit.referral.identity.people import decided, traits


def test_equal_names_and_birth_date_link() -> None:
    found = decided(traits(), traits())
    assert found.verdict is Verdict.LINK
    assert found.probability >= 0.999


@pytest.mark.parametrize("other", [
    {"first": "Marlowe", "last": "Sampletown", "birth_date": "1990-05-17", "phones": ["412-555-0100"]},
    {"birth_date": "1990-05-18", "addresses": ["1 Fable Street"]}, {"last": "Marlow", "first": "Sampleton"},
    {"birth_date": "1990-05-19", "addresses": ["1 Fable Streat"]},
])  # fmt: skip
def test_slips_of_the_pen_link_where_something_else_agrees(other: dict[str, object]) -> None:
    one = traits(phones=["412-555-0100"], addresses=["1 Fable Street"])
    assert decided(one, traits(**other), people=10_000).verdict is Verdict.LINK


def test_a_rare_surname_says_more_than_a_common_one() -> None:
    rare, common = traits(last="Zzyzxwick"), traits(last="Smith")
    bits = current_weights().bits
    assert bits(compare(rare, rare)) > bits(compare(common, common)) + 5
    assert decided(rare, rare, 1_000_000).verdict is Verdict.LINK
    # In a million people there are several John Smiths of one birth date: that is for a person.
    assert decided(common, common, 1_000_000).verdict is Verdict.REVIEW


def test_the_more_people_are_known_the_more_it_takes() -> None:
    assert prior_bits(1_000_000) == pytest.approx(-log2(1_000_000))
    assert prior_bits(3) == prior_bits(1000)
    one, other = traits(last="Smith"), traits(last="Smith", birth_date="1990-05-18")
    assert decided(one, other, 1000).probability > decided(one, other, 1_000_000).probability


def test_somebody_else_is_new() -> None:
    assert decided(traits(), traits(last="Quill", first="Ada", birth_date="1971-02-03")).verdict is Verdict.NEW


ALIKE = {"phones": ["412-555-0100"], "addresses": ["1 Fable Street"]}


@pytest.mark.parametrize(("doubt", "one", "other"), [
    (Doubt.SID_DIFFERS, {"sid": "1"}, {"sid": "2"}),
    (Doubt.TWINS, {}, {"first": "Quincy"}),
    (Doubt.GENERATION, {"suffix": "Jr."}, {"suffix": "Sr."}),
    (Doubt.GENERATION, {"suffix": "Jr."}, {}),
    (Doubt.GENERATION, {"birth_date": "1990-05-17"}, {"birth_date": "1966-11-02"}),
])  # fmt: skip
def test_doubtful_pairs_go_to_a_person_however_alike(
    doubt: Doubt, one: dict[str, object], other: dict[str, object]
) -> None:
    found = decided(traits(**ALIKE, **one), traits(**ALIKE, **other), people=1000)
    assert found.probability >= 0.999
    assert found.doubts == (doubt,)
    assert found.verdict is Verdict.REVIEW


def test_names_alone_never_link() -> None:
    found = decided(traits(birth_date=None), traits(birth_date=None), people=1000)
    assert (found.verdict, found.doubts) == (Verdict.REVIEW, (Doubt.NAMES_ALONE,))


def test_an_equal_state_id_links_other_names_and_other_birth_dates() -> None:
    one = traits(sid="PA 44-11")
    married = traits(sid="pa4411", last="Placeholder")
    assert decided(one, married, 1_000_000).verdict is Verdict.LINK
    assert decided(one, traits(sid="pa4411", first="Mallow", birth_date=None), 1_000_000).verdict is Verdict.LINK


def test_an_equal_state_id_of_somebody_wholly_different_is_for_a_person() -> None:
    stranger = traits(sid="PA4411", last="Quill", first="Ada", birth_date="1971-02-03")
    assert decided(traits(sid="PA4411"), stranger, 1_000_000).verdict is Verdict.REVIEW


def test_an_equal_tracking_number_links_names_without_a_birth_date() -> None:
    one, other = traits(otn="T 123"), traits(otn="t123", birth_date=None)
    assert decided(one, other, 1_000_000).verdict is Verdict.LINK
    # Each arrest has its own: another says nothing.
    assert decided(traits(otn="T1"), traits(otn="T2")).verdict is Verdict.LINK


@given(st.floats(-5000, 5000))
def test_a_posterior_is_a_probability_and_grows_with_the_bits(bits: float) -> None:
    assert 0 <= posterior(bits) <= posterior(bits + 1) <= 1
    assert posterior(bits) + posterior(-bits) == pytest.approx(1)
