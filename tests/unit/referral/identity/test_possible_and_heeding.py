"""Whom somebody may be, told from one agency's words alone; and what a person's word does to what rules would do."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.referral.domain.identity.decision import Verdict
from services.referral.domain.identity.heeding import Heeded, heed
from services.referral.domain.identity.levels import compare
from services.referral.domain.identity.matching import Known, match
from services.referral.domain.identity.possible import MOST_SHOWN, Possible, Word, askable, possible
from services.referral.domain.identity.traits import Traits
from services.referral.pages.known_words import why
from services.referral.store.identity_weights import current_weights

PEOPLE = 10_000
MARLOW = Traits(given="MARLOW", surname="SAMPLETON", born="19900505", phones=frozenset({"4125550101"}))


def known(number: int, home: int = 0, **changes: object) -> Known:
    traits = MARLOW._replace(**changes)  # type: ignore[arg-type]
    return Known(UUID(int=number), UUID(int=number), UUID(int=home or number), traits.packed())


def found(traits: Traits, *recorded: Known) -> list[Possible]:
    return possible(traits, recorded, current_weights(), PEOPLE)


def heeded(traits: Traits, candidates: list[Known], **word: object) -> Heeded:
    return heed(traits, candidates, current_weights(), PEOPLE, Word("someone", "PAPPD0000", **word))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("traits", "enough"),
    [
        (MARLOW, True),
        (MARLOW._replace(born=""), True),
        (MARLOW._replace(phones=frozenset()), True),
        (MARLOW._replace(born="", phones=frozenset()), False),
        (Traits(born="19900505"), False),
    ],
)
def test_a_name_needs_a_birth_date_or_a_number(traits: Traits, enough: bool) -> None:
    assert askable(traits) is enough
    assert bool(found(traits, known(1))) is enough


def test_of_one_person_the_record_most_alike_is_shown_and_of_many_people_three() -> None:
    twice = found(MARLOW, known(1, home=9, given="QUINCY"), known(2, home=9))
    assert [one.known.person_id for one in twice] == [UUID(int=2)]
    many = found(MARLOW, *(known(n, surname="SAMPLETTON") for n in range(1, 9)), known(99))
    assert len(many) == MOST_SHOWN
    assert many[0].known.person_id == UUID(int=99)


def test_a_record_that_shares_no_block_by_its_own_words_is_not_found() -> None:
    assert found(MARLOW._replace(surname="FABLEWORTH", born=""), known(1)) == []


def test_names_alone_are_nobody() -> None:
    assert found(MARLOW, known(1, born="", phones=frozenset())) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Same birth date, same phone, same name"),
        ({"given": "MARLO", "phones": frozenset()}, "Same birth date, name sounds alike"),
        ({"given": "QUINCY", "phones": frozenset()}, "Same birth date, same last name, another first name"),
        ({"born": "19900506"}, "Birth date one digit off, same phone, same name"),
        ({"given": "SAMPLETON", "surname": "MARLOW"}, "first and last name the other way around"),
        ({"born": "19650101"}, "may be parent and child"),
    ],
)
def test_why_is_said_in_a_few_words(changes: dict[str, object], said: str) -> None:
    assert said in why(compare(MARLOW, MARLOW._replace(**changes)))  # type: ignore[arg-type]


def test_this_is_them_where_rules_agree_changes_nothing() -> None:
    one = known(1)
    by_rule = match(MARLOW, [one], current_weights(), PEOPLE)
    word = heeded(MARLOW, [one], them=found(MARLOW, one)[0])
    assert (word.found, word.questions) == (by_rule.found, by_rule.questions)
    assert (word.join, word.answered) == (None, ())


def test_this_is_them_against_rules_that_were_sure_of_another_joins_and_asks_about_that_other() -> None:
    one, twin = known(1), known(2, given="QUINCY", phones=frozenset())
    assert match(MARLOW, [one, twin], current_weights(), PEOPLE).found == one
    word = heeded(MARLOW, [one, twin], them=found(MARLOW, twin)[0])
    assert word.found is None
    assert word.join is not None
    assert word.join.known == twin
    assert [(asked.known, asked.reasons[0]) for asked in word.questions] == [(one, "fits_both")]
    assert [(said.question.known, said.state) for said in word.answered] == [(twin, "same")]


def test_somebody_else_answers_what_rules_would_have_asked() -> None:
    twin = known(2, given="QUINCY", phones=frozenset())
    word = heeded(MARLOW, [twin], others=tuple(found(MARLOW, twin)))
    assert (word.found, word.questions) == (None, ())
    assert [said.state for said in word.answered] == ["different"]


def test_somebody_else_where_rules_were_sure_links_nobody_and_is_left_to_a_second_person() -> None:
    one = known(1)
    (shown,) = found(MARLOW, one)
    assert shown.decision.verdict is Verdict.LINK
    word = heeded(MARLOW, [one], others=(shown,))
    assert word.found is None
    assert [(said.state, said.question.reasons[0]) for said in word.answered] == [("open", "said_other")]


def test_somebody_else_between_two_known_people_is_never_the_last_word() -> None:
    one, twin = known(1), known(2, given="QUINCY", phones=frozenset())
    word = heeded(MARLOW, [one, twin], others=tuple(found(MARLOW, twin)))
    assert word.found == one
    assert [said.state for said in word.answered] == ["open"]
