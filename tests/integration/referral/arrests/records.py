"""Named arrests of visibly fictional people."""

from __future__ import annotations

from typing import Any

PITTSBURGH = "PAPPD0000"


def arrest(number: str, **given: Any) -> dict[str, Any]:
    """One canonical arrest as an agency's own system would send it."""
    person = {
        "last": "Sampleton",
        "first": "Marlow",
        "birth_date": "1990-05-17",
        "sex": "M",
        "race": "W",
        **given.pop("person", {}),
    }
    return {
        "ori": PITTSBURGH,
        "source_record_id": number,
        "case_no": f"case-{number}",
        "arrested_at": "2026-02-20T14:30:00-05:00",
        "place": {"text": "1 Example Street", "municipality": "Pittsburgh", "zone": "Zone 2"},
        "person": person,
        "charges": [{"text": "3929(a)(1) Retail Theft", "grade": "M2"}],
        **given,
    }
