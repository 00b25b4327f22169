"""The fictional year as the canonical records a police records system would send."""

from __future__ import annotations

from typing import Any

from deploy.simulator.world import Arrest, Charged, Referral, Story

ORI = "PAPPD0000"
MUNICIPALITY = "Pittsburgh"


def arrest(story: Story, arrest: Arrest) -> dict[str, Any]:
    return {
        "ori": ORI,
        "source_record_id": arrest.case_no,
        "action": "record",
        "case_no": arrest.case_no,
        "arrested_at": arrest.at.isoformat(),
        "time_precision": "minute",
        "arrest_type": "on_view",
        "disposition": arrest.disposition,
        "offered": arrest.offered,
        "place": {"municipality": MUNICIPALITY, "zone": arrest.zone},
        "person": story.person.identity(),
        "charges": _charges(arrest.charges),
    }


def referral(story: Story, referral: Referral) -> dict[str, Any]:
    door = referral.pathway
    record = {
        "source_record_id": f"R-{story.person.number:04d}",
        "occurred_at": referral.at.isoformat(),
        "place": {"municipality": MUNICIPALITY, "zone": referral.zone},
        "person": story.person.identity(),
        "charges": _charges(referral.charges),
        "pathway": door,
        "counterfactual": "arrest" if door == "arrest_diversion" else "none",
        "offer": referral.offer,
        "complainant": referral.complainant,
        "referred_by": {"crisis_response": "crisis_team", "community": "community_partner"}.get(door, "officer"),
        "handoff": "warm" if story.person.number % 3 else "left_contact",
        "handoff_minutes": 5 + story.person.number % 40 if story.person.number % 3 else None,
    }
    if referral.case_no:
        record["case_no"] = referral.case_no
    if record["referred_by"] == "officer":
        record["ori"] = ORI
    if door == "social_contact":
        record["attestation"] = "observation"
    return {name: value for name, value in record.items() if value is not None}


def _charges(charges: tuple[Charged, ...]) -> list[dict[str, Any]]:
    return [{"text": text, **({"grade": grade} if grade else {})} for text, grade in charges]
