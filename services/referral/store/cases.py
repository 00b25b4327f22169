"""One encounter, one arrest: a referral names its case, and takes the arrest of that case when it is known.

The police record may come first or later (programme rule 14).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.store.rowset import rowset
from shared.contracts import ReferralCreated
from shared.messaging import Tx

# Of the arrests of a case: the person's own; else the only one, if nothing speaks against its being theirs
# (a record without a name gets a person of its own).
_MATCH = """
  select distinct on (r.referral_id) r.referral_id, a.arrest_id
  from referral r join own.arrest a on a.case_key = r.case_key and a.agency_ori = r.agency_ori and a.state <> 'void'
    and a.source <> 'form'
  where a.home_id = r.home_id
     or (not a.linkable and 1 = (
          select count(*) from own.arrest b
          where b.case_key = r.case_key and b.agency_ori = r.agency_ori and b.state <> 'void' and b.source <> 'form'))
  order by r.referral_id, a.home_id <> r.home_id, a.arrest_id
"""


@dataclass(frozen=True)
class Case:
    """The key of the case a referral names, and its arrest if that is known."""

    case_key: str | None = None
    arrest_id: UUID | None = None


def case_key(tx: Tx, ori: str | None, case_no: str | None) -> str | None:
    """The key that groups what one agency filed under one case number; says nothing of the number."""
    if not ori or not case_no:
        return None
    return tx.keys.blind("case", f"{ori}:{case_no}").hex()


async def arrests_of(tx: Tx, referred: Sequence[tuple[CanonicalReferral, UUID]]) -> list[Case]:
    """For each new referral with its person: its case, with the arrest that came first."""
    keys = [case_key(tx, record.ori, record.case_no) for record, _ in referred]
    asked = [
        {"referral_id": str(number), "case_key": key, "agency_ori": record.ori, "home_id": person_id}
        for number, ((record, person_id), key) in enumerate(zip(referred, keys, strict=True))
        if key
    ]
    if not asked:
        return [Case(key) for key in keys]
    rows = await tx.rows(
        f"""
        with referral as (select * from jsonb_to_recordset(cast(:rows as jsonb))
          as r(referral_id text, case_key text, agency_ori text, home_id uuid))
        {_MATCH}""",  # noqa: S608  # one constant text, shared by both directions
        {"rows": rowset(asked)},
    )
    found = {int(row["referral_id"]): row["arrest_id"] for row in rows}
    return [Case(key, found.get(number)) for number, key in enumerate(keys)]


async def link_late(tx: Tx, limit: int = 500) -> int:
    """Give referrals the arrest of their case that has come since, and tell of it; how many there were."""
    rows = await tx.rows(
        f"""
        with referral as (select * from own.referral where arrest_id is null and case_key is not null),
        match as ({_MATCH} limit :n)
        update own.referral o set arrest_id = m.arrest_id, version = o.version + 1,
          fact = o.fact || jsonb_build_object('arrest_id', m.arrest_id, 'version', o.version + 1,
            'action', 'replace', 'recorded_at', cast(:now as timestamptz))
        from match m where o.referral_id = m.referral_id returning o.fact
        """,  # noqa: S608
        {"n": limit, "now": tx.now},
    )
    tx.publish(*(_fact(row["fact"]) for row in rows))
    return len(rows)


def _fact(stored: Any) -> ReferralCreated:
    return ReferralCreated.model_validate(stored)
