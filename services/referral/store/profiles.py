"""Who a referred person is, told to intake and casework only while a referral of theirs is live (rule 16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.store.referrals import COLUMN_TYPED, LIVE
from services.referral.store.rowset import rowset
from shared.contracts import PersonProfile
from shared.contracts.envelope import Void
from shared.contracts.person_profile import Name, Phone
from shared.messaging import Tx


async def follow(tx: Tx, live: Mapping[UUID, bool]) -> None:
    """Publish or withdraw the profiles of the people of referrals whose standing changed."""
    if live:
        rows = await tx.rows(
            "select distinct person_id from own.referral where referral_id = any(cast(:ids as uuid[]))",
            {"ids": list(live)},
        )
        await publish(tx, [row["person_id"] for row in rows])


async def publish(tx: Tx, person_ids: Iterable[UUID]) -> None:
    """Bring the published profiles up to what the live referrals in reach say; silent where nothing changed."""
    ids = sorted(set(person_ids))
    if not ids:
        return
    referrals = await tx.rows(
        f"""
        select referral_id, person_id, programme, typed, occurred_at from own.referral
        where person_id = any(cast(:ids as uuid[])) and {LIVE}
        order by person_id, occurred_at, referral_id
        """,  # noqa: S608
        {"ids": ids},
    )
    by_person: dict[UUID, list[RowMapping]] = {}
    for row in referrals:
        by_person.setdefault(row["person_id"], []).append(row)
    told = {
        row["person_id"]: row
        for row in await tx.rows(
            "select * from own.profile where person_id = any(cast(:ids as uuid[])) for update", {"ids": ids}
        )
    }
    changed = [
        row for person_id in ids for row in _tell(tx, person_id, by_person.get(person_id, []), told.get(person_id))
    ]
    if changed:
        await _save(tx, changed)


def _tell(tx: Tx, person_id: UUID, referrals: Sequence[RowMapping], told: RowMapping | None) -> list[dict[str, Any]]:
    version = told["version"] + 1 if told else 1
    if not referrals:
        if told is None or not told["live"]:
            return []
        tx.publish(_withdrawn(person_id, version, tx))
        return [_row(person_id, told["programme"], version, False, b"")]
    typed = [_opened(tx, row) for row in referrals]
    profile = _profile(person_id, typed, version, tx)
    content = profile.model_dump_json(exclude={"version", "action", "recorded_at", "updated_at"})
    mac = tx.keys.blind("profile", content)
    if told and told["live"] and bytes(told["content_mac"]) == mac:
        return []
    tx.publish(profile)
    return [_row(person_id, referrals[0]["programme"], version, True, mac)]


def _opened(tx: Tx, row: RowMapping) -> CanonicalReferral:
    plain = tx.keys.open("ID", COLUMN_TYPED, row["referral_id"], row["typed"])
    return CanonicalReferral.model_validate_json(plain)


def _profile(person_id: UUID, typed: Sequence[CanonicalReferral], version: int, tx: Tx) -> PersonProfile:
    """The newest referral's words first; phones, addresses and other names of all."""
    people = [one.person for one in reversed(typed)]
    names = _distinct(
        Name(last=one.last or one.preferred_name or one.first, first=one.first, middle=one.middle, suffix=one.suffix)
        for one in people
    )
    born = next((one.birth_date for one in people if one.birth_date), None)
    found = [one.place.text for one in reversed(typed) if one.place.text]
    return PersonProfile(
        version=version,
        action="record" if version == 1 else "replace",
        recorded_at=tx.now,
        person_id=person_id,
        names=names[:1],
        preferred_name=next((one.preferred_name for one in people if one.preferred_name), None),
        birth_date=born,
        birth_precision="day" if born else "unknown",
        phones=[Phone(number=number) for number in _distinct(n for one in people for n in one.phones)],
        addresses=_distinct([a for one in people for a in one.addresses] + found),
        aliases=names[1:],
        state_id=next((one.sid for one in people if one.sid), None),
        updated_at=tx.now,
    )


def _distinct(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _withdrawn(person_id: UUID, version: int, tx: Tx) -> Void:
    nobody = PersonProfile(recorded_at=tx.now, person_id=person_id, names=[], updated_at=tx.now)
    return nobody.void(version, tx.now, "error")


def _row(person_id: UUID, programme: str, version: int, live: bool, mac: bytes) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "programme": programme,
        "version": version,
        "live": live,
        "content_mac": mac,
    }


async def _save(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    await tx.execute(
        """
        insert into own.profile (person_id, home_id, programme, version, live, content_mac)
        select r.person_id, coalesce(p.home_id, r.person_id), r.programme, r.version, r.live, r.content_mac
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(person_id uuid, programme text, version int, live boolean,
          content_mac bytea)
        left join own.person p using (person_id)
        order by r.person_id
        on conflict (person_id) do update set version = excluded.version, live = excluded.live,
          content_mac = excluded.content_mac
        """,
        {"rows": rowset(rows)},
    )
