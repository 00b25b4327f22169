"""Server-side sessions: a 256-bit id in the cookie, its hash in own.web_session, and nothing else.

A session ends 30 minutes after the last thing a person did (a page that polls is not a person) and
12 hours after sign-in, whatever happens. Signing in always makes a new id.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from shared.messaging import Tx
from shared.web.actor import Actor, tokens
from shared.web.policy import Policy

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)


def fingerprint(session_id: str) -> bytes:
    """What the database and the audit know of a session id."""
    return hashlib.sha256(session_id.encode()).digest()


@dataclass(frozen=True)
class Identity:
    """A person as an identity provider, or the demo, vouches for them."""

    iss: str
    sub: str
    role: str
    name: str
    agency_ori: str | None = None


async def start(tx: Tx, who: Identity, *, programme: str, replaces: str | None = None) -> str:
    """Begin a session and give its id. The id presented before, and all sessions over, are removed."""
    await tx.execute(
        "delete from own.web_session where ends_at <= :now or seen_at <= :idle or id_hash = :old",
        {"now": tx.now, "idle": tx.now - IDLE, "old": fingerprint(replaces or "")},
    )
    session_id = secrets.token_urlsafe(32)
    await tx.execute(
        """
        insert into own.web_session
            (id_hash, iss, sub, role, name, agency_ori, programme, started_at, seen_at, ends_at)
        values (:id_hash, :iss, :sub, :role, :name, :agency_ori, :programme, :now, :now, :ends_at)
        """,
        {
            "id_hash": fingerprint(session_id),
            "iss": who.iss,
            "sub": who.sub,
            "role": who.role,
            "name": who.name,
            "agency_ori": who.agency_ori,
            "programme": programme,
            "now": tx.now,
            "ends_at": tx.now + ABSOLUTE,
        },
    )
    return session_id


async def end(tx: Tx, session_id: str) -> None:
    """Sign out: the id opens nothing any more."""
    await tx.execute("delete from own.web_session where id_hash = :id", {"id": fingerprint(session_id)})


async def actor_of(tx: Tx, policy: Policy, session_id: str, *, by_person: bool) -> Actor | None:
    """The person of a live session, or None. `by_person` is False for a page that polls."""
    row = await tx.row(
        """
        select iss, sub, role, name, agency_ori, programme, seen_at from own.web_session
        where id_hash = :id and ends_at > :now and seen_at > :idle
        """,
        {"id": fingerprint(session_id), "now": tx.now, "idle": tx.now - IDLE},
    )
    if row is None or row["role"] not in policy.roles:
        return None
    if by_person and tx.now - _seen(row) >= NOTED_EVERY:
        await tx.execute(
            "update own.web_session set seen_at = :now where id_hash = :id",
            {"id": fingerprint(session_id), "now": tx.now},
        )
    role = policy.roles[row["role"]]
    return Actor(
        role=role.name,
        name=row["name"],
        iss=row["iss"],
        sub=row["sub"],
        worker=tx.keys.worker(row["iss"], row["sub"]) if tx.service in policy.workers else "",
        agency_ori=row["agency_ori"],
        programme=row["programme"],
        scope=tokens(role, row["programme"], row["agency_ori"]),
    )


def _seen(row: RowMapping) -> datetime:
    seen: datetime = row["seen_at"]
    return seen
