"""What the mapping page offers is what a mapping takes: every field by a word, and no form of date that is refused."""

from __future__ import annotations

from services.referral.feeds.mapping import TARGETS
from services.referral.feeds.moments import pattern_fault
from services.referral.pages.mapping_form import DATE_FORMS, FIELDS


def test_every_field_has_one_word_and_no_word_is_without_its_field() -> None:
    assert sorted(target for target, _ in FIELDS if target) == sorted(TARGETS)
    assert len({word for _, word in FIELDS}) == len(FIELDS)


def test_every_form_of_date_that_is_offered_is_one_that_is_read() -> None:
    assert [pattern_fault(pattern) for pattern, _ in DATE_FORMS if pattern] == [None] * (len(DATE_FORMS) - 1)
