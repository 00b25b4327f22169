"""The pages of each desk: what police send, who is referred, what the rules are."""

from __future__ import annotations

from typing import Final

from services.referral.pages import (
    charges,
    crosswalk,
    crosswalk_change,
    decisions,
    feeds,
    feeds_fix,
    feeds_fix_row,
    feeds_history,
    feeds_mapping,
    feeds_mapping_start,
    feeds_own,
    feeds_steward,
    not_offered,
    on_call,
    people_review,
    policy,
    refer,
    refer_kept,
)
from shared.web import Pages

FEEDS: Final[list[Pages]] = [
    feeds.router,
    feeds_mapping.router,
    feeds_mapping_start.router,
    feeds_own.router,
    feeds_fix.router,
    feeds_fix_row.router,
    feeds_steward.router,
    feeds_history.router,
]
REFERRALS: Final[list[Pages]] = [
    refer.router,
    refer_kept.router,
    not_offered.router,
    decisions.router,
    people_review.router,
    charges.router,
]
RULES: Final[list[Pages]] = [policy.router, crosswalk.router, crosswalk_change.router, on_call.router]
