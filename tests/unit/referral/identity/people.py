"""Fictional people to compare."""

from __future__ import annotations

from services.referral.domain.identity.decision import Decision, decide
from services.referral.domain.identity.levels import compare
from services.referral.domain.identity.traits import Identity, Traits
from services.referral.store.identity_weights import current_weights

COUNTY = 100_000


def traits(**given: object) -> Traits:
    """Marlow Sampleton, born 1990-05-17, but for what is given."""
    said = {"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-17", **given}
    return Traits.of(Identity.model_validate(said))


def decided(one: Traits, other: Traits, people: int = COUNTY) -> Decision:
    """What a rule does with two records in an index of so many people."""
    return decide(compare(one, other), current_weights(), people)
