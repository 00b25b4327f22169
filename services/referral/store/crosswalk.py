"""The crosswalk versions that ship with the service, and the classifier over one and a version of the policy."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

from services.referral.domain.charge_rules import ChargeRule
from services.referral.domain.classification import Classifier
from services.referral.domain.crosswalk import Crosswalk
from services.referral.domain.policy import Policy


@cache
def seed_classifier() -> Classifier:
    """Rule C1 over the shipped seed: version `C1-seed`, policy `demo-1`, unreviewed."""
    text = (files("services.referral") / "data" / "offence_crosswalk_seed.csv").read_text("utf-8")
    return Classifier(Crosswalk.read("seed", csv.DictReader(text.splitlines())))


def classifier_on(rules: Policy, day: date) -> Classifier:
    """The classifier for encounters of a civil day: the policy's own rules of that day over the crosswalk."""
    version = rules.on(day)
    return _ruled(f"{rules.policy_id}-{version.version}", version.charge_rules)


@lru_cache(maxsize=16)
def _ruled(name: str, rules: tuple[ChargeRule, ...]) -> Classifier:
    seed = seed_classifier()
    return Classifier(seed.crosswalk, rules, name) if rules else seed
