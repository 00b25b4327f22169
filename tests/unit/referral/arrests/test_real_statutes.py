"""The real lists: every figure of the design, from the texts alone."""

from __future__ import annotations

import csv
from collections import Counter

from services.referral.domain.divertible import divertible, warrant_only
from services.referral.domain.statutes import read_court_statute
from services.referral.store.crosswalk import seed_classifier
from tests.shared_data import shared_data

TITLES = {"18": 10131, "35": 3887, "75": 3510, "PSEUDO": 1527, "LO": 97, None: 11}
CATEGORIES = {
    "drug": 3886, "violent": 3592, "traffic": 2605, "property": 1808, "public_order": 1774, "process": 1492,
    "administration": 821, "weapon": 733, "dui": 689, "none": 601, "inchoate": 524, "property_serious": 262,
    "family": 157, "traffic_serious": 127, "ordinance": 85, "exploitation": 7,
}  # fmt: skip
ELIGIBILITY = {"Y": 5074, "REVIEW": 3045, "N": 6515, "EXCLUDE": 1400, "IGNORE": 2605, "INHERIT": 524}
BY_RACE = {
    "yes": {"B": 931, "W": 642, "H": 10, "A": 3, "I": 1, "O": 11, "U": 7},
    "review": {"B": 576, "W": 398, "H": 4, "I": 1, "O": 17, "U": 12},
    "no": {"B": 3554, "W": 1734, "H": 49, "A": 26, "I": 1, "O": 56, "U": 28},
}


def test_the_arrests_of_2019_give_every_count_of_the_design() -> None:
    classifier = seed_classifier()
    titles: Counter[str | None] = Counter()
    categories: Counter[str] = Counter()
    eligibility: Counter[str] = Counter()
    presumed: dict[str, Counter[str]] = {"yes": Counter(), "review": Counter(), "no": Counter()}
    warrants = 0
    with shared_data("wprdc/wprdc_arrests_2019.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            charges = classifier.classify(row["OFFENSES"])
            titles.update(charge.title for charge in charges)
            categories.update(charge.category for charge in charges)
            eligibility.update(charge.eligibility for charge in charges)
            presumed[divertible(charges)][row["RACE"]] += 1
            warrants += warrant_only(charges)
    assert titles.total() == 19163
    assert titles == TITLES
    assert categories == CATEGORIES
    assert eligibility == ELIGIBILITY
    assert presumed == BY_RACE
    assert {name: races.total() for name, races in presumed.items()} == {"yes": 1605, "review": 1008, "no": 5448}
    assert warrants == 916


def test_the_courts_own_statutes_are_all_read() -> None:
    classifier = seed_classifier()
    found: Counter[str] = Counter()
    with shared_data("pa_statutes/statutes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            statute = read_court_statute(row["statute_name"], row["statute_description"])
            assert statute is not None, row["statute_name"]
            charge = classifier.classify_statute(statute)
            found["no row" if charge.category == "none" else charge.eligibility] += 1
    assert found == {"Y": 62, "REVIEW": 51, "N": 240, "INHERIT": 9, "IGNORE": 125, "no row": 574}
