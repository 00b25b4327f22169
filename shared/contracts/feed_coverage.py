"""What a feed has covered: a silent feed must not look like success. Written by referral."""

from __future__ import annotations

from datetime import date

from shared.contracts.codes import Ori
from shared.contracts.envelope import Event


class FeedCoverage(Event):
    topic = "feed-coverage"
    key = ("agency_ori",)

    agency_ori: Ori
    covered_from: date
    covered_through: date
