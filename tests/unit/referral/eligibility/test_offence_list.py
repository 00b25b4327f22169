"""The crosswalk in force on a day: what ships and the adopted changes, reproduced by version, never half applied."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.referral.domain.arrest import CanonicalArrest, classify_charges
from services.referral.domain.classification import Classifier
from services.referral.domain.crosswalk_changes import Adoption, CrosswalkChange, RowChange
from services.referral.domain.judging_again import judge_again
from services.referral.domain.listed_row import CATEGORIES, ListedRow
from services.referral.domain.offence_list import OffenceList, listed
from services.referral.domain.policy import Policy
from services.referral.domain.policy_changes import CHANGE, ChangeError, changed
from services.referral.pages.crosswalk_words import ABOUT
from services.referral.store.crosswalk import classifier_as, classifier_on, seed_classifier
from services.referral.store.policy import shipped_policy

SEED = seed_classifier().crosswalk
DAY = date(2026, 12, 1)
TEXTS = ("3929(a)(1) Retail Theft", "5999(b) Made-up", "1543 Driving While Suspended", "5505 Public Drunkenness / 5999")
THEFT = next(listed(row) for row in SEED.rows if row.section == "3929")


def row(**fields: str) -> ListedRow:
    told = {"title": "18", "section": "5999", "description": "Made-up offense", "nibrs": "90Z",
            "category": "public_order", "eligibility": "Y"}  # fmt: skip
    return ListedRow.model_validate(told | fields)


def change(
    *rows: tuple[ListedRow | None, ListedRow | None], first: date = DAY, edition: int | None = None
) -> CrosswalkChange:
    told = Adoption(edition, UUID(int=edition), "Morgan Fictus", "Jordan Exampleton") if edition else None
    return CrosswalkChange(
        from_=first, rows=tuple(RowChange(before=before, after=after) for before, after in rows), adopted=told
    )


def in_force(rules: OffenceList, key: tuple[str, str, str], day: date = DAY) -> ListedRow | None:
    return next((listed(one) for one in rules.on(day).rows if one.key == key), None)


def policy(rules: OffenceList) -> Policy:
    return shipped_policy().model_copy(update={"offences": rules})


def test_the_version_seed_names_exactly_the_rows_that_ever_shipped_under_it() -> None:
    # A stored `C1-seed` must mean the same rows forever. Another list ships under another name.
    content = (files("services.referral") / "data" / "offence_crosswalk_seed.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() == "5da7500cfb5315654b90742e496ebfdde40970875daf9a0ce677922bfcc8a274"


def test_every_row_that_ships_can_be_written_and_confirmed_on_the_page() -> None:
    rows = [listed(one) for one in SEED.rows]
    assert len({one.key for one in rows}) == len(rows)
    confirmed = OffenceList(SEED).after(change(*[(one, one) for one in rows], edition=1))
    assert [listed(one) for one in confirmed.on(DAY).rows] == rows
    assert all(one.reviewed and one.reviewed.decided_name == "Jordan Exampleton" for one in confirmed.on(DAY).rows)
    assert set(ABOUT) == CATEGORIES


def test_a_row_is_added_replaced_confirmed_and_ended_from_its_day_on() -> None:
    harder = THEFT.model_copy(update={"eligibility": "N"})
    rules = OffenceList(SEED)
    for number, pair in enumerate([(None, row()), (THEFT, harder), (row(), row()), (harder, None)], 1):
        rules = rules.after(change(pair, first=DAY + timedelta(days=number), edition=number))
    stood = [
        (in_force(rules, row().key, DAY + timedelta(days=n)), in_force(rules, THEFT.key, DAY + timedelta(days=n)))
        for n in range(5)
    ]
    assert stood == [(None, THEFT), (row(), THEFT), (row(), harder), (row(), harder), (row(), None)]
    versions = [rules.on(DAY + timedelta(days=n)).version for n in range(5)]
    assert versions == ["seed", "seed+1", "seed+2", "seed+3", "seed+4"]


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ((None, THEFT), "is on the list by then already"),
        ((row(), None), "is not on the list any more"),
        ((THEFT.model_copy(update={"notes": "as I saw it"}), THEFT), "was changed meanwhile"),
    ],
)
def test_what_the_proposer_did_not_see_is_never_overwritten(pair: Any, said: str) -> None:
    with pytest.raises(ChangeError, match=said) as refused:
        changed(shipped_policy(), [change((THEFT, None)), change(pair)] if "any more" in said else [change(pair)])
    assert refused.value.field == "from"


def test_a_row_is_never_changed_before_a_change_of_it_that_is_adopted() -> None:
    rules = OffenceList(SEED).after(change((THEFT, None), first=DAY + timedelta(days=5), edition=1))
    with pytest.raises(ChangeError, match="begins on 2026-12-06 is adopted already"):
        rules.after(change((THEFT, THEFT)))
    # Another row is free, and so is the same one later.
    assert rules.after(change((None, row()))).after(change((None, THEFT), first=DAY + timedelta(days=6)))


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("title", "eighteen"), ("section", "3929 OR 1=1"), ("section", ""), ("section", "6xx.xx"),
        ("sub_prefix", "()"), ("sub_prefix", "(abcdefghijklm)"), ("description", "x"), ("description", "<b>Theft"),
        ("nibrs", "99X"), ("nibrs", ""), ("nibrs", "13A, 13B, 13C, 23A, 23B"), ("nibrs", "=target"),
        ("category", "none"), ("eligibility", "MAYBE"), ("eligibility", "EXCLUDE"), ("eligibility", "INHERIT"),
        ("desc_regex", "(a+)+$"), ("desc_regex", "Arson|B.*g"), ("desc_regex", ", ".join(["Word"] * 10 + ["x1"])),
        ("notes", "n" * 201),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_used_is_refused_with_a_sentence(field: str, typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        row(**{field: typed})
    faults = refused.value.errors()
    assert {fault["loc"][0] for fault in faults} <= {field, "eligibility"}


def test_a_row_is_kept_as_rule_c1_reads_it() -> None:
    typed = row(sub_prefix="(B)(2)", desc_regex=" Arson, Burning | Fire Apparatus,Arson", nibrs="13a, 90z")
    assert (typed.sub_prefix, typed.desc_regex, typed.nibrs) == ("b2", "Arson|Burning|Fire Apparatus", "13A|90Z")
    with pytest.raises(ValidationError, match="leave this blank"):
        row(title="75", section="1543", desc_regex="Arson")
    with pytest.raises(ValidationError, match="A warrant has to be served"):
        row(title="PSEUDO", section="9501")


def test_a_change_keeps_a_row_once_and_under_its_statute() -> None:
    for rows in ([], [(None, None)], [(THEFT, row())], [(None, row()), (None, row(notes="again"))]):
        with pytest.raises(ValidationError):
            change(*rows)
    kept = CHANGE.dump_python(change((None, row()), edition=3), by_alias=True, exclude_none=True, mode="json")
    assert set(kept) == {"kind", "from", "rows"}
    assert CHANGE.validate_python(kept) == change((None, row()))


steps = st.lists(
    st.tuples(
        st.sampled_from(["3929", "5999", "5505", "1543"]),
        st.sampled_from(["Y", "N", "REVIEW", "confirm", "end"]),
        st.integers(0, 3),
    ),
    max_size=7,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_any_history_reproduces_every_classification_by_its_version_and_day(
    history: list[tuple[str, str, int]],
) -> None:
    rules = OffenceList(SEED)
    kept: list[tuple[str, str, date, list[dict[str, Any]]]] = []
    for edition, (section, what, later) in enumerate(history, 1):
        for n in range(4):
            kept.extend(classified(rules, DAY + timedelta(days=n)))
        first = DAY + timedelta(days=later)
        title = "75" if section == "1543" else "18"
        before = in_force(rules, (title, section, ""), first)
        after = None if what == "end" else before if what == "confirm" else row(section=section, eligibility=what)
        if before or after:
            try:
                rules = rules.after(change((before, after), first=first, edition=edition))
            except (ChangeError, ValidationError):
                continue
    for version, name, day, charges in kept:
        again = classifier_as(policy(rules), version, name, day)
        assert again.version == version
        assert [charge.listed(n) for text in TEXTS for n, charge in enumerate(again.classify(text), 1)] == charges


def classified(rules: OffenceList, day: date) -> list[tuple[str, str, date, list[dict[str, Any]]]]:
    found = classifier_on(policy(rules), day)
    charges = [charge.listed(n) for text in TEXTS for n, charge in enumerate(found.classify(text), 1)]
    return [(found.version, found.policy_version, day, charges)]


def test_a_version_that_never_was_names_no_classifier() -> None:
    rules = policy(OffenceList(SEED).after(change((None, row()), edition=4)))
    for version, name in (
        ("C1-seed+3", "demo-1"), ("C1-other", "demo-1"), ("C2-seed", "demo-1"), ("C1-seed+4", "allegheny-9"),
        ("C1-seed+4", "elsewhere-1"), ("C1-seed+x", "demo-1"),
    ):  # fmt: skip
        with pytest.raises(LookupError):
            classifier_as(rules, version, name, DAY)
    with pytest.raises(LookupError):
        classifier_as(rules, "C1-seed+4", "demo-1", DAY - timedelta(days=1))


def test_one_classifier_serves_all_days_between_two_changes() -> None:
    rules = policy(OffenceList(SEED).after(change((None, row()), edition=1)))
    first, second = (classifier_on(rules, DAY + timedelta(days=n)) for n in (0, 300))
    assert first is second
    assert classifier_on(rules, DAY - timedelta(days=1)) is seed_classifier()


def judged(text: str, after: OffenceList, *, kept: bool = True, **charge: Any) -> Any:
    record = CanonicalArrest.model_validate(
        {"source_record_id": "r", "arrested_at": "2026-12-01T12:00:00Z", "charges": [{"text": text or None, **charge}]}
    )
    charges = classify_charges(record.charges, Classifier(SEED))
    fact = {
        "charges": [one.listed(n) for n, one in enumerate(charges, 1)], "warrant_only": False,
        "divertible": "review", "classifier_version": "C1-seed", "policy_version": "demo-1",
    }  # fmt: skip
    return judge_again(fact, record if kept else None, Classifier(after.on(DAY)))


def test_an_arrest_is_told_again_only_where_what_is_published_changed() -> None:
    added = OffenceList(SEED).after(change((None, row()), edition=1))
    assert judged("3929 Retail Theft", added) is None
    new = judged("5999 Made-up", added)
    assert (new.told, new.fact["divertible"], new.fact["classifier_version"]) == (True, "yes", "C1-seed+1")
    confirmed = OffenceList(SEED).after(change((THEFT, THEFT), edition=1))
    assert judged("3929 Retail Theft", confirmed) is None
    reworded = OffenceList(SEED).after(change((THEFT, THEFT.model_copy(update={"notes": "reworded"})), edition=1))
    quiet = judged("3929 Retail Theft", reworded)
    assert (quiet.told, quiet.fact["charges"][0]["reason"]) == (False, "Retail theft: reworded")


def test_a_title_is_found_anew_from_the_text_and_kept_where_no_text_is_left() -> None:
    # 18 § 1543 does not exist here: with words, a text that has them is under 18, and any other stays under 75.
    own = row(section="1543", desc_regex="Fable", eligibility="N")
    added = OffenceList(SEED).after(change((None, own), edition=1))
    assert judged("1543 Fable", added).fact["charges"][0]["title"] == "18"
    assert judged("1543 Driving While Suspended", added).fact["charges"][0]["rule"] == "T4"
    assert judged("1543 Fable", added, kept=False) is None


def test_without_the_text_the_recorded_statute_is_judged() -> None:
    rules = OffenceList(SEED).after(change((None, row()), (THEFT, None), edition=1))
    new = judged("5999(b) Made-up", rules, kept=False)
    assert (new.fact["divertible"], new.fact["charges"][0]["label"]) == ("yes", "Made-up offense")
    gone = judged("3929 Retail Theft", rules, kept=False)
    assert (gone.fact["divertible"], gone.fact["charges"][0]["label"]) == ("review", None)
    assert judged("1502 Learner's Permit", rules, kept=False) is None


def test_a_code_without_a_statute_is_no_row_s_to_change() -> None:
    rules = OffenceList(SEED).after(change((None, row(nibrs="23C")), edition=1))
    assert judged("", rules, nibrs="23C") is None
    assert judged("", rules, nibrs="23C", kept=False) is None
