"""The questions and the release that ship: complete in both languages, and what their answers say."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from services.intake.domain.instrument import REFUSED
from services.intake.domain.outcome import SENSITIVE, age, baselines, findings, self_reported
from services.intake.domain.release import missing_elements, over, read_answers
from services.intake.store.instruments import NoSuchVersion, instrument, newest, release_form
from shared.contracts import StatusRecorded
from shared.contracts.codes import RecipientClass

NAMES = ("intake", "update")


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_asked_once_and_in_both_languages(name: str) -> None:
    questions = list(newest(name).questions())
    assert len({question.id for question in questions}) == len(questions)
    for question in questions:
        assert question.text.es
        assert question.text.es != question.text.en
        assert len(question.codes) == len(question.options)
        assert bool(question.options) is (question.kind != "words")
        assert {code for codes in question.need.values() for code in codes} <= question.codes


def test_the_full_intake_asks_every_domain_and_the_update_speaks_its_codes() -> None:
    full = {question.id: question for question in newest("intake").questions()}
    domains = set(get_args(StatusRecorded.model_fields["domain"].annotation))
    assert {question.status for question in full.values()} - {None} == domains
    for question in newest("update").questions():
        if question.options:
            assert question.codes == full[question.id].codes


def test_treatment_questions_are_marked() -> None:
    for question in newest("intake").questions():
        if question.status in SENSITIVE:
            assert question.part2


def test_a_version_that_is_not_installed_is_named() -> None:
    with pytest.raises(NoSuchVersion, match=r"intake-99\.yaml"):
        instrument("intake", 99)


def test_a_gap_is_recorded_and_a_refusal_was_asked() -> None:
    found = {one.domain: one for one in baselines(newest("intake"), {"stay": "outside", "work": REFUSED})}
    assert (found["housing"].value, found["housing"].asked) == ("outside", True)
    assert (found["employment"].value, found["employment"].asked) == ("refused", True)
    assert (found["income"].value, found["income"].asked) == ("not_asked", False)


def test_treatment_answers_are_an_assessment_of_their_own() -> None:
    general, treatment = findings(newest("intake"), {"use": "want_help", "goal_1": "Sleep", "today": ["food", "ride"]})
    assert (general.part2, general.needs, general.goals) == (False, ("food", "transport"), ("Sleep",))
    assert (treatment.part2, treatment.needs) == (True, ("treatment",))


def test_who_says_nothing_of_themselves_is_not_described() -> None:
    assert self_reported(newest("intake"), {"race": REFUSED}, date(1990, 1, 1), date(2026, 1, 1)) is None
    told = self_reported(newest("intake"), {"ethnicity": "H"}, date(1990, 3, 1), date(2026, 2, 28))
    assert told is not None
    assert (told.ethnicity, told.race, told.age, told.race_source) == ("H", "U", 35, "self_reported")


def test_born_on_29_february_is_a_year_older_on_1_march() -> None:
    assert age(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_the_release_has_a_row_for_every_class_of_recipient() -> None:
    form = release_form()
    assert [one.recipient_class for one in form.recipients] == list(get_args(RecipientClass))
    assert form.expires_on(date(2026, 3, 1)) == date(2027, 3, 1)


def test_an_open_row_is_no_answer_and_a_yes_needs_a_signature() -> None:
    answers = read_answers(release_form(), {"share_police": "yes", "share_court": "no", "share_owg": "maybe"})
    assert answers == {"police": True, "court": False}
    assert missing_elements(answers, " ") == ["signature"]
    assert missing_elements({"court": False}, "") == []


def test_a_consent_is_over_the_day_after_its_last() -> None:
    assert not over(date(2026, 6, 30), date(2026, 6, 30))
    assert over(date(2026, 6, 30), date(2026, 7, 1))
