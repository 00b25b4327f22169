"""A canonical referral as an agency's own system would send it, of a visibly fictional person."""

from __future__ import annotations

from typing import Any

REFERRAL: dict[str, Any] = {
    "source_record_id": "known",
    "occurred_at": "2026-03-01T23:30:00-05:00",
    "place": {"municipality": "Pittsburgh", "zone": "1"},
    "person": {"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-05"},
    "charges": [{"text": "13(a)(16) Possession of controlled substance"}],
    "pathway": "arrest_diversion",
    "counterfactual": "arrest",
    "offer": "accepted",
    "complainant": "none",
    "referred_by": "officer",
    "handoff": "warm",
}
