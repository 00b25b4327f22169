"""How well a version of the weights links a file whose people are known: pairs in blocks, precision, recall.

Precision and recall are counted over pairs after closure: who is linked to one is linked to all of theirs.

    python -m tools.linkage.measure services/referral/data/identity/weights-1.json FILE \
      --person cluster --columns given=first_name surname=surname born=dob phone=email
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path

from services.referral.domain.identity.blocks import candidate_pairs
from services.referral.domain.identity.decision import Verdict, decide
from services.referral.domain.identity.levels import compare
from services.referral.domain.identity.traits import Traits
from services.referral.domain.identity.weights import Weights
from tools.linkage.people import column, named, read

Pair = tuple[int, int]
BANDS = (("common", 0.0005), ("known", 0.00013), ("rare", 0.0))
"""Surnames with at least this share of the population: some 250, the next some 700, and all others."""


@dataclass(frozen=True)
class Measured:
    """One file's figures."""

    people: int
    true_pairs: int
    candidates: int
    in_blocks: int
    linked: int
    linked_rightly: int
    reviewed: int
    reviewed_rightly: int

    @property
    def precision(self) -> float:
        return self.linked_rightly / self.linked if self.linked else 1.0

    @property
    def recall(self) -> float:
        return self.linked_rightly / self.true_pairs if self.true_pairs else 1.0

    @property
    def recall_with_review(self) -> float:
        found = self.linked_rightly + self.reviewed_rightly
        return found / self.true_pairs if self.true_pairs else 1.0


def measure(
    records: Sequence[Traits], people: Sequence[str], weights: Weights, *, population: int | None = None
) -> Measured:
    """Link records with each other, as among `population` (default: as many as there are), and hold the result
    against who they are."""
    pairs = candidate_pairs(records)
    verdicts = {
        pair: decide(compare(records[pair[0]], records[pair[1]]), weights, population or len(records)).verdict
        for pair in pairs
    }
    group = closure(len(records), (pair for pair in pairs if verdicts[pair] is Verdict.LINK))
    review = [p for p in pairs if verdicts[p] is Verdict.REVIEW and group[p[0]] != group[p[1]]]
    return Measured(
        people=len(set(people)),
        true_pairs=_pairs_within(people),
        candidates=len(pairs),
        in_blocks=sum(people[a] == people[b] for a, b in pairs),
        linked=_pairs_within(group),
        linked_rightly=_pairs_within(list(zip(group, people, strict=True))),
        reviewed=len(review),
        reviewed_rightly=sum(people[a] == people[b] for a, b in review),
    )


def closure(size: int, links: Iterable[Pair]) -> list[int]:
    """The group of each record: the smallest number among all that links connect."""
    parent = list(range(size))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for a, b in links:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return [root(number) for number in range(size)]


def _pairs_within(groups: Sequence[object]) -> int:
    return sum(comb(n, 2) for n in Counter(groups).values())


def band(traits: Traits, weights: Weights) -> str:
    """How common a record's surname is in the population that the weights know."""
    if not traits.surname:
        return "no surname"
    share = weights.surnames.share(traits.surname)
    return next(name for name, least in BANDS if share >= least)


def by_band(records: Sequence[Traits], people: Sequence[str], weights: Weights) -> dict[str, Measured]:
    """The figures among people whose surname, by their first record, is in each band."""
    of_person: dict[str, str] = {}
    for traits, person in zip(records, people, strict=True):
        if person not in of_person or of_person[person] == "no surname":
            of_person[person] = band(traits, weights)
    found = {}
    for name in (*(name for name, _ in BANDS), "no surname"):
        kept = [number for number, person in enumerate(people) if of_person[person] == name]
        if kept:
            found[name] = measure(
                [records[n] for n in kept], [people[n] for n in kept], weights, population=len(records)
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--person", required=True, help="the column that says who a record is about")
    parser.add_argument("--columns", nargs="+", required=True, metavar="TRAIT=COLUMN[+COLUMN]")
    asked = parser.parse_args()
    weights = Weights.model_validate_json(asked.weights.read_bytes())
    records, people = read(asked.file, named(asked.columns)), column(asked.file, asked.person)
    for name, found in {"all": measure(records, people, weights), **by_band(records, people, weights)}.items():
        print(
            f"{name:12} pairs {found.true_pairs:5}  in blocks {found.in_blocks:5} of {found.candidates:5}"
            f"  precision {found.precision:.4f}  recall {found.recall:.3f}  with review {found.recall_with_review:.3f}"
        )


if __name__ == "__main__":
    main()
