"""Answers merge by question; the same question on both sides is never overwritten unseen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.answers import Entry, Sheet, Value, merge, read_form
from services.intake.domain.instrument import REFUSED
from services.intake.store.instruments import newest

QUESTIONS = newest("intake").part(1).questions
Step = tuple[str, str]


def written(*steps: Step) -> Sheet:
    sheet = Sheet()
    for version, (question, value) in enumerate(steps, start=1):
        sheet.note(question, Entry(since=version, value=value, by="w", at="t"))
    return sheet


def test_different_questions_merge() -> None:
    merged = merge(written(("a", "1")), {"a": None, "b": "2"}, read_version=0)
    assert merged.changes == {"b": "2"}
    assert merged.clashes == ()


def test_the_same_question_changed_on_both_sides_shows_both() -> None:
    merged = merge(written(("a", "1"), ("a", "2")), {"a": "3"}, read_version=1)
    assert merged.changes == {}
    (clash,) = merged.clashes
    assert (clash.mine, clash.theirs) == ("3", "2")


def test_what_was_not_touched_since_it_was_read_stays_theirs() -> None:
    assert merge(written(("a", "1"), ("a", "2")), {"a": "1"}, read_version=1).changes == {}


def test_an_answer_can_be_taken_away() -> None:
    assert merge(written(("a", "1")), {"a": None}, read_version=1).changes == {"a": None}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("12")), max_size=6),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2", None])),
    st.integers(0, 6),
)
def test_nothing_is_overwritten_that_the_writer_had_not_seen(
    steps: list[Step], sent: dict[str, Value], read: int
) -> None:
    sheet = written(*steps)
    for question in merge(sheet, sent, read).changes:
        assert sheet.value(question) == sheet.value(question, read)


def test_a_form_gives_codes_lists_words_and_refusals() -> None:
    form = {"q_safe_now": "no", "q_today": "ride", "q_first_help": "  Socks ", "q_tonight": REFUSED, "has_reach": "1"}
    lists = {"q_safe_now": ["no"], "q_today": ["food", "ride"], "q_tonight": [REFUSED]}
    assert read_form(QUESTIONS, form, lists) == {
        "safe_now": "no",
        "today": ["food", "ride"],
        "first_help": "Socks",
        "tonight": REFUSED,
        "reach": None,
    }
