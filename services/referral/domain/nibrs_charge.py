"""A charge that names no statute but an offense code of NIBRS: what it is about is known, whether it fits is not."""

from __future__ import annotations

from services.referral.domain.classification import ClassifiedCharge, public_grade
from services.referral.domain.nibrs_codes import OFFENSES


def classify_nibrs(code: str, grade: str | None = None, counts: int = 1) -> ClassifiedCharge:
    """The charge of a code; a code that NIBRS does not have stays unknown. Eligibility is always a person's to say."""
    label, category = OFFENSES.get(code, (None, "none"))
    return ClassifiedCharge(
        title=None,
        section=None,
        sub=None,
        label=label,
        nibrs=code if label else None,
        category=category,
        kind="new_charge" if label else "unknown",
        eligibility="REVIEW",
        confidence=0.3,
        rule="nibrs",
        reason="an offense code without a statute: a person has to look",
        grade=public_grade(grade),
        counts=counts,
    )
