"""The charge of a mapped row as the classifier reads it."""

from __future__ import annotations

from typing import Any, Final

from services.referral.domain.statutes import read_court_statute

_SECTION_CHARS: Final = 32


def words(charge: dict[str, Any]) -> bool:
    """Whether a charge says anything."""
    return bool(charge.get("text") or charge.get("section") or charge.get("description"))


def charge_of(charge: dict[str, Any]) -> dict[str, Any]:
    """A charge as the classifier reads it: a court's own form taken apart, a long section as text."""
    said = charge.get("text") or charge.get("section") or ""
    if "\u00a7" in said or "ยง" in said:
        statute = None if charge.get("title") else read_court_statute(said)
        if statute is not None:
            kept = {name: value for name, value in charge.items() if name != "text"}
            sub = f"({statute.sub})" if statute.sub else ""
            return {**kept, "title": statute.title, "section": statute.section + sub}
    if len(charge.get("section", "")) > _SECTION_CHARS and not charge.get("text"):
        text = " ".join(part for part in (charge["section"], charge.get("description")) if part)
        return {
            **{name: value for name, value in charge.items() if name not in ("section", "description")},
            "text": text,
        }
    return charge
