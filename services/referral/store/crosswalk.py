"""The crosswalk that ships, and the classifier over the one in force and a version of the policy's rules."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

from services.referral.domain.charge_rules import ChargeRule
from services.referral.domain.classification import CLASSIFIER, POLICY, Classifier
from services.referral.domain.crosswalk import Crosswalk
from services.referral.domain.policy import Policy


@cache
def seed_classifier() -> Classifier:
    """Rule C1 over the shipped seed: version `C1-seed`, policy `demo-1`, unreviewed."""
    text = (files("services.referral") / "data" / "offence_crosswalk_seed.csv").read_text("utf-8")
    return Classifier(Crosswalk.read("seed", csv.DictReader(text.splitlines())))


def crosswalk_on(rules: Policy, day: date) -> Crosswalk:
    """The crosswalk for encounters of a civil day: what ships, with the adopted changes that have begun."""
    return rules.offences.on(day) if rules.offences else seed_classifier().crosswalk


def classifier_on(rules: Policy, day: date) -> Classifier:
    """The classifier for encounters of a civil day: the policy's own rules of that day over the crosswalk of that day.

    One object for a version of both: no row of a feed builds or asks anything.
    """
    version = rules.on(day)
    return _ruled(crosswalk_on(rules, day), f"{rules.policy_id}-{version.version}", version.charge_rules)


def classifier_as(rules: Policy, classifier_version: str, policy_version: str, day: date) -> Classifier:
    """The classifier that a stored classification names, for encounters of its civil day: it gives the same again.

    Raises LookupError for versions that never were.
    """
    kind, _, crosswalk = classifier_version.partition("-")
    policy, _, number = policy_version.rpartition("-")
    if kind != CLASSIFIER or rules.offences is None:
        raise LookupError(classifier_version)
    listed = rules.offences.named(crosswalk, day)
    if policy_version == POLICY:
        return _ruled(listed, POLICY, ())
    if policy != rules.policy_id or not number.isdecimal():
        raise LookupError(policy_version)
    return _ruled(listed, policy_version, rules.version(int(number)).charge_rules)


@lru_cache(maxsize=16)
def _ruled(crosswalk: Crosswalk, name: str, rules: tuple[ChargeRule, ...]) -> Classifier:
    if not rules:
        # The presumptions are the crosswalk's own.
        return seed_classifier() if crosswalk is seed_classifier().crosswalk else Classifier(crosswalk)
    return Classifier(crosswalk, rules, name)
