"""When two records are about one person."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.referral.domain.identity_match import NAME_BIRTH, SID, Candidate, Identity, choose, match_texts, plain

A, B = UUID(int=1), UUID(int=2)
BORN = date(1990, 5, 17)


def named(**given: object) -> Identity:
    return Identity.model_validate({"last": "Sampleton", "first": "Marlow", "birth_date": BORN, **given})


@pytest.mark.parametrize("other", [
    {"last": "SAMPLETON ", "first": "marlow"}, {"last": "Sample-ton"}, {"first": "Márlow"}, {"middle": "Q"},
    {"suffix": "Esq"},
])  # fmt: skip
def test_spelling_that_is_only_spelling_is_equal(other: dict[str, object]) -> None:
    assert match_texts(named(**other)) == match_texts(named())


@pytest.mark.parametrize("other", [
    {"last": "Sampletown"}, {"first": "Marla"}, {"birth_date": date(1990, 5, 18)}, {"suffix": "Jr."},
])  # fmt: skip
def test_anything_else_is_not(other: dict[str, object]) -> None:
    assert match_texts(named(**other)) != match_texts(named())


def test_without_a_birth_date_or_a_given_name_nothing_links() -> None:
    assert not named(birth_date=None).linkable
    assert not named(first="").linkable
    assert match_texts(Identity(sid=" 12-34 567 ")) == {SID: "1234567"}


def test_names_in_other_scripts_stay_apart() -> None:
    assert plain("Ольга") != plain("Иван")


def test_an_equal_state_id_wins_over_an_equal_name() -> None:
    found = [Candidate(A, NAME_BIRTH, frozenset()), Candidate(B, SID, frozenset({b"x"}))]
    assert choose(b"x", found) == B


def test_another_state_id_is_another_person_for_a_rule() -> None:
    assert choose(b"x", [Candidate(A, NAME_BIRTH, frozenset({b"y"}))]) is None
    assert choose(None, [Candidate(A, NAME_BIRTH, frozenset({b"y"}))]) == A
    assert choose(b"x", [Candidate(A, NAME_BIRTH, frozenset())]) == A


def test_the_order_of_candidates_does_not_matter() -> None:
    found = [Candidate(B, NAME_BIRTH, frozenset()), Candidate(A, NAME_BIRTH, frozenset())]
    assert choose(None, found) == choose(None, found[::-1]) == A
