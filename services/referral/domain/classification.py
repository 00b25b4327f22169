"""Offence text -> classified charges: rule C1, steps 4 to 7.

Pure and table-driven: the crosswalk comes in as an argument. `seed_classifier()` of
`services.referral.store.crosswalk` is the one the service uses.

    for charge in seed_classifier().classify("3929(a)(1) Retail Theft / 5503 Disorderly Conduct"):
        charge.category, charge.eligibility, charge.public(seq=1)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Literal

from services.referral.domain.charge_rules import ChargeRule, ruling
from services.referral.domain.crosswalk import WARRANTS, Crosswalk, CrosswalkRow
from services.referral.domain.statutes import TITLE, Statute, read_statute, split_offences
from shared.contracts.codes import Charge, Eligibility

CLASSIFIER: Final = "C1"
POLICY: Final = "demo-1"
"""The presumption that ships with the crosswalk: `lead_candidate` of each row. Unreviewed."""

Said = tuple[tuple[str | int | None, ...], ...]
"""The charges of an arrest, each with all that its classification depends on."""
Presumed = tuple[list[dict[str, Any]], str, bool]
"""Charges as they are published, whether they are divertible together, and whether all are warrants."""
_WHOLE: Final = 8 * 1024 * 1024
"""How many bytes are remembered of whole arrests, roughly: a text of 4,000 characters may list 1,000 charges."""
_LISTED: Final = 800
"""What one listed charge takes of them."""
_BRIEF: Final = 200
"""A longer piece is hardly said twice, and would be held long."""
Kind = Literal["new_charge", "warrant", "traffic", "ordinance", "inchoate", "unknown"]

_NOT_ORDINARY_TRAFFIC: Final = re.compile(
    r"Homicide|Assault|Death|Inj|Influence|DUI|Alcohol|Interlock|Criminal|Forged|Fraud|Incest|Brib|Threat"
    r"|Retaliat|Chop",
    re.IGNORECASE,
)
# What may leave the service: statute shapes only, so that neither a name nor a number typed into an offence
# text can pass as a section.
_SECTION: Final = re.compile(r"^(\d{1,4}(\.\d{1,3})?|780-\d{2,3}(\.\d{1,2})?)$")
_SUB: Final = re.compile(r"^[a-z]{0,2}\d{0,3}[ivx]{0,5}[a-z]?$")
_GRADE: Final = re.compile(r"(H[12]?|F[123]?|M[123]?|S|IC)")


@dataclass(frozen=True, slots=True)
class ClassifiedCharge:
    """One charge as rule C1 sees it. `label` is the crosswalk's own wording, never the source's text."""

    title: str | None
    section: str | None
    sub: str | None
    label: str | None
    nibrs: str | None
    category: str
    kind: Kind
    eligibility: Eligibility
    confidence: float
    rule: str
    reason: str
    grade: str | None = None
    counts: int = 1
    base: Eligibility | None = None
    """What the crosswalk presumes, where a version of the policy says otherwise."""

    def public(self, seq: int) -> Charge:
        """The charge as published, numbered from 1."""
        return Charge.model_validate(self.listed(seq))

    def listed(self, seq: int) -> dict[str, Any]:
        """The published fields as plain values, with `rule`, `reason` and `base`, which contracts ignore."""
        return {
            "seq": seq,
            "title": self.title,
            "section": self.section,
            "subsection": self.sub,
            "grade": self.grade,
            "counts": self.counts,
            "label": self.label,
            "nibrs": self.nibrs,
            "category": self.category,
            "kind": self.kind,
            "eligibility": self.eligibility,
            "confidence": self.confidence,
            "rule": self.rule,
            "reason": self.reason,
            "base": self.base or self.eligibility,
        }


class Classifier:
    """Rule C1 over one version of the crosswalk and of the policy. Remembers the pieces it saw last: texts repeat."""

    def __init__(self, crosswalk: Crosswalk, rules: Sequence[ChargeRule] = (), policy_version: str = POLICY) -> None:
        self.crosswalk = crosswalk
        self.version = f"{CLASSIFIER}-{crosswalk.version}"
        self.policy_version = policy_version
        self.rules = tuple(rules)
        self._piece = lru_cache(maxsize=8192)(self._classify_piece)
        self._whole: dict[Said, Presumed] = {}
        self._held = 0

    def remembered(self, said: Said, work: Callable[[], Presumed]) -> Presumed:
        """What `work` makes of charges, worked out once for all arrests that say the same: most say what others do."""
        found = self._whole.get(said)
        if found is None:
            found = work()
            size = _LISTED * len(found[0]) + sum([sys.getsizeof(part) for charge in said for part in charge])
            self._held += size
            if self._held > _WHOLE:
                self._whole, self._held = {}, size
            if size < _WHOLE:
                self._whole[said] = found
        return found

    def classify(self, text: str) -> list[ClassifiedCharge]:
        """Every charge of one offence text, in its order; empty only for an empty text."""
        return [self._remembered_piece(piece, None, None) for piece in split_offences(text)]

    def classify_charge(
        self, text: str, title: str | None = None, grade: str | None = None, counts: int = 1
    ) -> ClassifiedCharge:
        """One charge that the source already separated; `title` and `grade` as the source gives them."""
        charge = self._remembered_piece(text.strip(), title, grade)
        return charge if counts == 1 else _with_counts(charge, counts)

    def classify_statute(self, statute: Statute, grade: str | None = None) -> ClassifiedCharge:
        """Steps 4 to 7 for a statute whose title and section are known."""
        row = self._row(statute)
        kind = _kind(statute, row)
        presumed: Eligibility = "EXCLUDE" if kind == "warrant" else row.eligibility if row else "REVIEW"
        decided = ruling(self.rules, statute.title, statute.section, statute.sub)
        return ClassifiedCharge(
            title=statute.title if statute.title and TITLE.fullmatch(statute.title) else None,
            section=statute.section if _SECTION.match(statute.section) else None,
            sub=statute.sub if statute.sub and _SUB.match(statute.sub) else None,
            label=row.description if row else None,
            nibrs=row.nibrs if row and not row.nibrs.startswith("=") else None,
            category=row.category if row else "none",
            kind=kind,
            eligibility=decided.eligibility if decided else presumed,
            confidence=statute.confidence if row or decided else 0.3,
            rule=statute.rule,
            reason=f"policy: {decided.why}" if decided else _reason(kind, row),
            grade=public_grade(grade),
            base=presumed,
        )

    def _remembered_piece(self, piece: str, title: str | None, grade: str | None) -> ClassifiedCharge:
        return (self._piece if len(piece) <= _BRIEF else self._classify_piece)(piece, title, grade)

    def _classify_piece(self, piece: str, title: str | None, grade: str | None) -> ClassifiedCharge:
        statute = read_statute(piece, self.crosswalk, title)
        if statute is None:
            return _UNREAD
        return self.classify_statute(statute, grade)

    def _row(self, statute: Statute) -> CrosswalkRow | None:
        if statute.title is None:
            return None
        row = self.crosswalk.find(statute.title, statute.section, statute.sub)
        if row or (statute.title == "75" and _NOT_ORDINARY_TRAFFIC.search(statute.desc)):
            return row
        return self.crosswalk.rest(statute.title, statute.section)


def classify(text: str, crosswalk: Crosswalk) -> list[ClassifiedCharge]:
    """Every charge of one offence text. For many texts keep one `Classifier`."""
    return Classifier(crosswalk).classify(text)


def public_grade(grade: str | None) -> str | None:
    """A grade of an offence (`M1`), or None for anything else: it could be a name."""
    return grade if grade and _GRADE.fullmatch(grade) else None


def _kind(statute: Statute, row: CrosswalkRow | None) -> Kind:
    if statute.title == "PSEUDO" and statute.section in WARRANTS:
        return "warrant"
    if row and row.eligibility == "INHERIT":
        return "inchoate"
    if statute.title == "LO":
        return "ordinance"
    if statute.title == "75" and row and row.eligibility == "IGNORE":
        return "traffic"
    if statute.title is None or (statute.title == "PSEUDO" and row is None):
        return "unknown"
    return "new_charge"


def _reason(kind: Kind, row: CrosswalkRow | None) -> str:
    """Why this eligibility, in the crosswalk's words; holds nothing of the source's text."""
    if kind == "warrant":
        return "warrant service is not an offence"
    if row is None:
        return "no crosswalk row: a person has to look"
    return f"{row.description}: {row.notes}" if row.notes else row.description


def _with_counts(charge: ClassifiedCharge, counts: int) -> ClassifiedCharge:
    return replace(charge, counts=max(1, counts))


_UNREAD: Final = ClassifiedCharge(
    title=None,
    section=None,
    sub=None,
    label=None,
    nibrs=None,
    category="none",
    kind="unknown",
    eligibility="REVIEW",
    confidence=0.3,
    rule="none",
    reason="the text does not start with a section: a person has to look",
)
