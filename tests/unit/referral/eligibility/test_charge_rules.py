"""What the policy group decides of a statute: which charges it covers, and what follows for an arrest."""

from __future__ import annotations

import csv
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.referral.domain.charge_rules import ChargeRule, ruling
from services.referral.domain.classification import Classifier
from services.referral.domain.divertible import divertible
from services.referral.store.crosswalk import seed_classifier
from tests.shared_data import shared_data


def rule(
    title: str, section: str, sub: str = "", eligibility: str = "REVIEW", why: str = "the group said so"
) -> ChargeRule:
    return ChargeRule.model_validate(
        {"title": title, "section": section, "sub": sub, "eligibility": eligibility, "why": why}
    )


@pytest.mark.parametrize(
    ("written", "charged", "covers"),
    [
        ("", "a1", True),
        ("(a)", "a1i", True),
        ("(a)(3)", "a31", False),
        ("(a)(3)", "a3", True),
        ("(a)(31)(ii)", "a31ii", True),
        ("(a)(31)(ii)", "a31iii", False),
        ("(a)(31)(i)", "a31ii", False),
        ("(b)", "a1", False),
    ],
)
def test_a_subsection_covers_what_stands_below_it_and_no_neighbour(written: str, charged: str, covers: bool) -> None:
    assert rule("18", "3503", written).covers("18", "3503", charged) is covers


def test_another_title_or_section_is_not_covered() -> None:
    assert not rule("18", "3503").covers("75", "3503", "")
    assert not rule("18", "3503").covers("18", "3502", "")
    assert not rule("18", "3503").covers(None, "3503", "")


def test_the_longest_subsection_decides_and_the_last_listed_among_equals() -> None:
    wide, narrow, later = rule("18", "3929"), rule("18", "3929", "a"), rule("18", "3929", "(A)", "N")
    assert ruling([narrow, wide], "18", "3929", "a1") is narrow
    assert ruling([narrow, later], "18", "3929", "a1") is later
    assert ruling([wide], "18", "3921", "") is None


@given(st.text(alphabet="ab123ivx()", max_size=8), st.text(alphabet="ab123ivx", max_size=8))
def test_what_a_rule_covers_begins_with_it(written: str, charged: str) -> None:
    one = rule("18", "3503", written)
    if one.covers("18", "3503", charged):
        assert charged.startswith(one.sub)
    assert one.covers("18", "3503", one.sub)


def test_a_classified_charge_keeps_what_the_crosswalk_presumed() -> None:
    classifier = Classifier(seed_classifier().crosswalk, [rule("18", "3929", why="merchants asked")], "allegheny-2")
    (theft,) = classifier.classify("3929(a)(1) Retail Theft")
    assert (theft.eligibility, theft.base, theft.reason) == ("REVIEW", "Y", "policy: merchants asked")
    (warrant,) = classifier.classify("9501 Bench Warrant")
    assert (warrant.eligibility, warrant.base) == ("EXCLUDE", "EXCLUDE")


@pytest.mark.parametrize(
    "wrong", [{"title": "eighteen"}, {"section": "3929 OR 1=1"}, {"eligibility": "MAYBE"}, {"why": ""}]
)
def test_a_rule_that_names_no_statute_or_no_reason_is_refused(wrong: dict[str, str]) -> None:
    good = {"title": "18", "section": "3929", "eligibility": "N", "why": "decided"}
    assert ChargeRule.model_validate(good)
    with pytest.raises(ValidationError):
        ChargeRule.model_validate(good | wrong)


ASKED = (
    (
        [rule("35", "780-113", "(a)(31)(ii)"), rule("35", "780-113", "(a)(31)(iii)"), rule("18", "3503", "(a)"),
         rule("18", "5902", "(e)")],
        (1569, 1044, 5448), {"B": 15, "W": 19, "A": 1, "H": 1},
    ),
    ([rule("18", "3929")], (1364, 1249, 5448), {"B": 152, "W": 87, "A": 1, "O": 1}),
    (
        [rule("PSEUDO", "9501", eligibility="IGNORE"), rule("PSEUDO", "9015", eligibility="IGNORE")],
        (1786, 1115, 5160), {"B": 154, "W": 130, "O": 2, "H": 1, "I": 1},
    ),
)  # fmt: skip


@pytest.mark.parametrize(("rules", "answers", "changed"), ASKED)
def test_the_three_questions_of_the_design_on_the_real_file(
    rules: list[ChargeRule], answers: tuple[int, int, int], changed: dict[str, int]
) -> None:
    seed = seed_classifier()
    asked = Classifier(seed.crosswalk, rules, "asked")
    found: Counter[str] = Counter()
    races: Counter[str] = Counter()
    with shared_data("wprdc/wprdc_arrests_2019.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            text = row["OFFENSES"].strip()
            now, then = divertible(seed.classify(text)), divertible(asked.classify(text))
            found[then] += 1
            races[row["RACE"]] += now != then
    assert (found["yes"], found["review"], found["no"]) == answers
    assert +races == changed
