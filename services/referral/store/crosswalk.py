"""The crosswalk versions that ship with the service, and the classifier over the current one."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from services.referral.domain.classification import Classifier
from services.referral.domain.crosswalk import Crosswalk


@cache
def seed_classifier() -> Classifier:
    """Rule C1 over the shipped seed: version `C1-seed`, policy `demo-1`, unreviewed."""
    text = (files("services.referral") / "data" / "offence_crosswalk_seed.csv").read_text("utf-8")
    return Classifier(Crosswalk.read("seed", csv.DictReader(text.splitlines())))
