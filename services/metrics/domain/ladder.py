"""The event ladder: which outcomes one arrest record counts for. Source: metrics design, section 1.

At most one per person, event and civil day; that rule belongs to the windows, not to the record.
"""

from __future__ import annotations

from enum import IntFlag

from shared.contracts import ArrestRecorded

COUNTED = frozenset({"arrested", "cited", "offered_declined", "unknown"})
"""Dispositions that count as `any`: a warning or a diversion is a contact and no arrest."""
NEW_CHARGE_KINDS = frozenset({"new_charge", "inchoate", "ordinance", "unknown"})


class Rung(IntFlag):
    """The outcomes an arrest record counts for, stored as bits of one small integer."""

    CONTACT = 1
    ANY = 2
    NEW_CHARGE = 4
    WARRANT = 8
    FILED = 16
    BOOKING = 32


EVENTS: dict[str, int] = {
    "any": Rung.ANY.value,
    "new_charge": Rung.NEW_CHARGE.value,
    "warrant": Rung.WARRANT.value,
    "contact": Rung.CONTACT.value,
    "filed": Rung.FILED.value,
    "booking": Rung.BOOKING.value,
}
"""Names by which pages and addresses ask for an outcome; plain integers, since counting tests them often."""


def rungs(arrest: ArrestRecorded) -> Rung:
    """Every outcome this record counts for; always at least `contact`."""
    kinds = {charge.kind for charge in arrest.charges}
    found = Rung.CONTACT
    if arrest.disposition not in COUNTED or (kinds and kinds == {"traffic"}):
        return found
    found |= Rung.ANY
    if kinds & NEW_CHARGE_KINDS:
        found |= Rung.NEW_CHARGE
    if arrest.warrant_only:
        found |= Rung.WARRANT
    if arrest.filed_at is not None:
        found |= Rung.FILED
    return found
