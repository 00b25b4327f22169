"""Rule C1: what an offence text becomes, rule by rule, on texts made up for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.nibrs_charge import classify_nibrs
from services.referral.domain.statutes import read_court_statute, repair, split_offences
from services.referral.store.crosswalk import seed_classifier

CLASSIFIER = seed_classifier()


def one(text: str) -> tuple[str | None, str | None, str | None, str, str, float]:
    (charge,) = CLASSIFIER.classify(text)
    return charge.title, charge.section, charge.sub, charge.kind, charge.eligibility, charge.confidence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13(a)(16) Possession of Controlled Substance", ("35", "780-113", "a16", "new_charge", "Y", 0.95)),
        ("13(a)(31) Marijuana: Possession", ("35", "780-113", "a31", "new_charge", "Y", 0.95)),
        ("13(a)(3) Something else", ("35", "780-113", "a3", "new_charge", "N", 0.95)),
        ("13(a)(30) Delivery", ("35", "780-113", "a30", "new_charge", "N", 0.95)),
        ("11 Prohibited Acts", ("35", "780-111", None, "new_charge", "REVIEW", 0.3)),
        ("627.02 Marijuana Ordinance", ("LO", "627.02", None, "ordinance", "REVIEW", 0.95)),
        ("9501 Bench Warrant", ("PSEUDO", "9501", None, "warrant", "EXCLUDE", 0.95)),
        ("9093 Indirect Criminal Contempt", ("PSEUDO", "9093", None, "new_charge", "N", 0.95)),
        ("9136 Some Service", ("PSEUDO", "9136", None, "warrant", "EXCLUDE", 0.3)),
        ("2701 Simple Assault.", ("18", "2701", None, "new_charge", "N", 0.9)),
        ("3929(a)(1) Retail Theft; takes possession", ("18", "3929", "a1", "new_charge", "Y", 0.9)),
        ("3301 Arson", ("18", "3301", None, "new_charge", "N", 0.9)),
        ("3301(a) Driving on Right Side", ("18", "3301", "a", "new_charge", "N", 0.8)),
        ("3301 Driving on Right Side of Roadway", ("75", "3301", None, "traffic", "IGNORE", 0.7)),
        ("3307 Institutional Vandalism", ("18", "3307", None, "new_charge", "REVIEW", 0.3)),
        ("4703 Vehicle Equipment", ("75", "4703", None, "traffic", "IGNORE", 0.7)),
        ("1301 Registration", ("75", "1301", None, "traffic", "IGNORE", 0.7)),
        ("3732 Homicide by Vehicle", ("75", "3732", None, "new_charge", "REVIEW", 0.3)),
        ("3802(a)(1) DUI", ("75", "3802", "a1", "new_charge", "N", 0.7)),
        ("5512 Lotteries", ("18", "5512", None, "new_charge", "REVIEW", 0.3)),
        ("903 Criminal Conspiracy.", ("18", "903", None, "inchoate", "INHERIT", 0.9)),
        ("5902(a) Prostitution", ("18", "5902", "a", "new_charge", "Y", 0.9)),
        ("5902(b) Promoting", ("18", "5902", "b", "new_charge", "N", 0.9)),
        ("1 Nothing of ours", (None, "1", None, "unknown", "REVIEW", 0.3)),
        ("no section at all", (None, None, None, "unknown", "REVIEW", 0.3)),
    ],
)
def test_each_rule_gives_its_title_row_kind_and_confidence(text: str, expected: tuple[object, ...]) -> None:
    assert one(text) == expected


def test_a_piece_without_a_digit_joins_the_one_before() -> None:
    assert split_offences("2701 Simple Assault / Attempt / 5503 Disorderly /  / ") == [
        "2701 Simple Assault / Attempt",
        "5503 Disorderly",
    ]


@pytest.mark.parametrize(
    ("text", "section", "eligibility"),
    [
        ("18 3929 Retail Theft", "3929", "Y"),
        ("18 3929", "3929", "Y"),
        ("18 § 2502 Murder", "2502", "N"),
        ("18 Pa.C.S. § 3301 Arson", "3301", "N"),
        ("18 Pa. C.S.A. 3301", "3301", "N"),
        ("35 P.S. 780-113(a)(16) Possession", "780-113", "Y"),
    ],
)
def test_a_title_written_before_its_section_is_not_taken_for_a_section(
    text: str, section: str, eligibility: str
) -> None:
    title, found, _, _, presumed, _ = one(text)
    assert (title, found, presumed) == (text[:2], section, eligibility)


def test_a_title_given_by_the_source_is_trusted() -> None:
    charge = CLASSIFIER.classify_charge("3301 Driving on Right Side", title="75", grade="S", counts=2)
    assert (charge.title, charge.kind, charge.grade, charge.counts) == ("75", "traffic", "S", 2)


@pytest.mark.parametrize("typed", ["Sampleton Marlow", "412-555-0101", "4125550101", "b. 1990-05-05", "18\nMarlow"])
def test_a_title_that_is_none_is_inferred_as_if_it_were_not_given(typed: str) -> None:
    charge = CLASSIFIER.classify_charge("3929(a)(1) Retail Theft", title=typed)
    assert (charge.title, charge.section, charge.eligibility) == ("18", "3929", "Y")


@pytest.mark.parametrize("typed", ["Marlow S", "412-5550", "M1\nMarl"])
def test_a_grade_that_is_none_is_left_out_on_every_path(typed: str) -> None:
    assert CLASSIFIER.classify_charge("3929(a)(1) Retail Theft", grade=typed).grade is None
    assert classify_nibrs("23C", typed).grade is None
    assert classify_nibrs("23C", "M1").grade == "M1"


def test_a_broken_section_sign_is_mended() -> None:
    broken = "35 § 780-113 §§ A16".encode().decode("cp874")
    assert repair(broken) == "35 § 780-113 §§ A16"
    statute = read_court_statute(broken)
    assert statute is not None
    assert CLASSIFIER.classify_statute(statute).label == "Possession of controlled substance (simple)"


@pytest.mark.parametrize(
    "typed",
    ["3929(Marlow Sampleton) Retail Theft", "3929Marlow Retail Theft", "412-555-0100 Marlow", "2701 Marlow Sampleton",
     "19860314 Marlow", "3929(a)(Quetzalcoatl) x", "13(a)(Sampleton) y"],
)  # fmt: skip
def test_nothing_typed_into_an_offence_text_is_published(typed: str) -> None:
    shown = str(CLASSIFIER.classify(typed)[0].public(1).model_dump()).lower()
    for word in ("marlow", "sampleton", "555", "1986", "quetzalcoatl"):
        assert word not in shown


@given(st.text(max_size=300))
def test_any_text_is_classified_and_publishes_only_the_known_vocabulary(text: str) -> None:
    labels = {row.description for row in CLASSIFIER.crosswalk.rows} | {None}
    for seq, charge in enumerate(CLASSIFIER.classify(text), start=1):
        assert charge.public(seq).label in labels
