"""Read people out of the facts, whole, by the key that stands for them today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from services.metrics.domain.person import Arrest, Exit, Intake, Person, Referral
from shared.messaging import Tx

# Each query answers for the keys that live at the given homes. Voided facts are not there.
_KEYS = """
    with keys as (
        select unnest(cast(:homes as bytea[])) as person_key, unnest(cast(:homes as bytea[])) as home
        union
        select person_key, home from copied.home where home = any(cast(:homes as bytea[])))
"""
_ARRESTS = """
    select keys.home, a.fact_id, a.day, a.rungs, a.divertible = 'yes' as divertible, a.offered, a.linkable,
           a.delay_days, a.agency_ori
    from copied.fact_arrest a join keys using (person_key) where not a.voided
"""
_REFERRALS = """
    select keys.home, r.fact_id, r.at, r.day, r.pathway, r.offer, coalesce(last.decision, r.decision) as state,
           r.arrest_id, r.arrests_required or r.pathway = 'social_contact' as selected, c.covered_from
    from copied.fact_referral r join keys using (person_key)
    left join lateral (
        select d.decision from copied.fact_decision d join keys decided on decided.person_key = d.person_key
        where d.referral_id = r.fact_id and decided.home = keys.home and not d.voided
        order by d.seq desc limit 1) last on true
    left join copied.fact_coverage c on c.fact_id = r.agency_ori and not c.voided
    where not r.voided
"""
_INTAKES = """
    select keys.home, i.fact_id, i.referral_id, i.at, i.day
    from copied.fact_intake i join keys using (person_key) where not i.voided
"""
_CONTACTS = """
    select distinct keys.home, x.day from copied.fact_contact x join keys using (person_key)
    where not x.voided and x.outcome = 'reached' and x.stage = 'casework'
"""
_EXITS = """
    select keys.home, s.day, s.status from copied.fact_participant s join keys using (person_key)
    where not s.voided and s.status in ('moved', 'deceased')
"""
_CHARGES = """
    select keys.home, h.state from copied.fact_charge h join keys using (person_key) where not h.voided
"""
_BOOKINGS = """
    select distinct keys.home, u.day from copied.fact_utilization u join keys using (person_key)
    where not u.voided and u.sector = 'jail' and u.unit = 'booking'
"""


async def people(tx: Tx, homes: Sequence[bytes]) -> dict[bytes, Person]:
    """Everything known about the people of these homes; a home without facts is an empty person."""
    arrests = await _grouped(tx, _ARRESTS, homes, _arrest)
    bookings = await _grouped(tx, _BOOKINGS, homes, lambda row: row["day"])
    referrals = await _grouped(tx, _REFERRALS, homes, _referral)
    intakes = await _grouped(tx, _INTAKES, homes, _intake)
    contacts = await _grouped(tx, _CONTACTS, homes, lambda row: row["day"])
    exits = await _grouped(tx, _EXITS, homes, lambda row: Exit(row["day"], row["status"]))
    charges = await _grouped(tx, _CHARGES, homes, lambda row: row["state"])
    return {
        home: Person(
            arrests=arrests.get(home, ()),
            bookings=bookings.get(home, ()),
            referrals=referrals.get(home, ()),
            intakes=intakes.get(home, ()),
            contacts=contacts.get(home, ()),
            exits=exits.get(home, ()),
            charge_states=charges.get(home, ()),
        )
        for home in homes
    }


async def _grouped(tx: Tx, sql: str, homes: Sequence[bytes], build: Callable[[Any], Any]) -> dict[bytes, list[Any]]:
    found: dict[bytes, list[Any]] = defaultdict(list)
    for row in await tx.rows(_KEYS + sql, {"homes": list(homes)}):
        found[bytes(row["home"])].append(build(row))
    return found


def _arrest(row: Any) -> Arrest:
    return Arrest(
        arrest_id=str(row["fact_id"]),
        day=row["day"],
        rungs=row["rungs"],
        divertible=row["divertible"],
        offered=row["offered"],
        linkable=row["linkable"],
        delay_days=row["delay_days"],
        agency_ori=row["agency_ori"],
    )


def _referral(row: Any) -> Referral:
    return Referral(
        referral_id=str(row["fact_id"]),
        at=row["at"],
        day=row["day"],
        pathway=row["pathway"],
        offer=row["offer"],
        state=row["state"],
        arrest_id=str(row["arrest_id"]) if row["arrest_id"] else None,
        selected=row["selected"],
        covered_from=row["covered_from"],
    )


def _intake(row: Any) -> Intake:
    return Intake(str(row["fact_id"]), str(row["referral_id"]), row["at"], row["day"])
