"""A recorded arrest under a later version: from what was sent, where that is kept, else from what was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from services.referral.domain.arrest import CanonicalArrest, classify_charges
from services.referral.domain.charge_rules import ruling
from services.referral.domain.classification import ClassifiedCharge, Classifier
from services.referral.domain.divertible import divertible, warrant_only
from services.referral.domain.statutes import Statute
from shared.contracts.codes import Charge

_PUBLISHED: Final = tuple(Charge.model_fields)
_OF_ITS_TITLE: Final = {"given": 0.95, "T1": 0.95, "T2": 0.95, "T3": 0.95, "T4": 0.9}
"""How sure a title is by the rule that found it, where only the statute is kept (police feeds, section 4, step 7)."""


@dataclass(frozen=True)
class Judged:
    """The arrest's fact as it is now; `told` where that says something else to whoever reads it."""

    fact: dict[str, Any]
    told: bool


def judge_again(fact: Mapping[str, Any], record: CanonicalArrest | None, classifier: Classifier) -> Judged | None:
    """The fact under this classifier; None where nothing would change but versions: then it keeps its own.

    `record` is what was sent, None where it cannot be read any more.
    """
    if record is not None:
        charges = classify_charges(record.charges, classifier)
        listed = [charge.listed(seq) for seq, charge in enumerate(charges, start=1)]
        only_warrants = warrant_only(charges)
    else:
        listed = [_again(charge, classifier) for charge in fact["charges"]]
        only_warrants = fact["warrant_only"]
    if listed == fact["charges"]:
        return None
    told = [_published(charge) for charge in listed] != [_published(charge) for charge in fact["charges"]]
    return Judged(
        {
            **fact,
            "charges": listed,
            "divertible": divertible(_Presumed(charge["eligibility"]) for charge in listed),
            "warrant_only": only_warrants,
            "classifier_version": classifier.version,
            "policy_version": classifier.policy_version,
        },
        told,
    )


def _published(charge: Mapping[str, Any]) -> list[Any]:
    return [charge.get(name) for name in _PUBLISHED]


def _again(charge: Mapping[str, Any], classifier: Classifier) -> dict[str, Any]:
    """A charge of which only the published statute is left."""
    title, section, sub = charge["title"], charge["section"] or "", charge["subsection"] or ""
    own_row = classifier.crosswalk.find(title, section, sub) if title else None
    if own_row is None and (not section or title in (None, "75", "LO")):
        # Whether the row that takes the rest has it, only the text could say.
        base = charge.get("base") or charge["eligibility"]
        decided = ruling(classifier.rules, title, section, sub)
        return {**charge, "base": base, "eligibility": decided.eligibility if decided else base}
    rule = str(charge.get("rule") or "given")
    statute = Statute(title, section, sub, "", rule, _OF_ITS_TITLE.get(rule, 0.7))
    found: ClassifiedCharge = classifier.classify_statute(statute, charge.get("grade"))
    return replace(found, counts=charge.get("counts") or 1).listed(charge["seq"])


class _Presumed:
    def __init__(self, eligibility: Any) -> None:
        self.eligibility = eligibility
