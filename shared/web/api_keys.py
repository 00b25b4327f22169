"""API keys of agencies: `lead_<id>_<256-bit secret>`, of which only the SHA-256 is kept.

A key belongs to one ORI, says what it may do (`ingest`, `status`), ends after at most 180 days, and may be
bound to addresses. A new key and the one it replaces overlap by at most 14 days.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from shared.messaging import Tx

LONGEST = timedelta(days=180)
OVERLAP = timedelta(days=14)


@dataclass(frozen=True)
class ApiKey:
    """A live key, as a request or a list shows it; its secret is not kept."""

    key_id: str
    agency_ori: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def create(
    tx: Tx,
    agency_ori: str,
    scopes: Sequence[str],
    *,
    days: int = LONGEST.days,
    addresses: Sequence[str] = (),
) -> str:
    """Make a key and give it in full, this once. Older keys of the agency and scope end with the overlap.

    Raises ValueError for a life over 180 days, no scope, or an address that is not one.
    """
    if not scopes or not 0 < days <= LONGEST.days:
        raise ValueError(f"a key needs a scope and a life of 1 to {LONGEST.days} days")
    networks = [str(ipaddress.ip_network(address)) for address in addresses]
    key_id, secret = secrets.token_hex(6), secrets.token_hex(32)
    await tx.execute(
        """
        update own.api_key set expires_at = least(expires_at, :overlap)
        where agency_ori = :agency_ori and scopes && :scopes and revoked_at is null
        """,
        {"overlap": tx.now + OVERLAP, "agency_ori": agency_ori, "scopes": list(scopes)},
    )
    await tx.execute(
        """
        insert into own.api_key (key_id, secret_sha256, agency_ori, scopes, addresses, created_at, expires_at)
        values (:key_id, :secret, :agency_ori, :scopes, :addresses, :now, :expires_at)
        """,
        {
            "key_id": key_id,
            "secret": _digest(secret),
            "agency_ori": agency_ori,
            "scopes": sorted(set(scopes)),
            "addresses": networks,
            "now": tx.now,
            "expires_at": tx.now + timedelta(days=days),
        },
    )
    return f"lead_{key_id}_{secret}"


async def revoke(tx: Tx, key_id: str) -> bool:
    """End a key now. False if there is no such live key."""
    ended = await tx.execute(
        "update own.api_key set revoked_at = :now where key_id = :key_id and revoked_at is null",
        {"key_id": key_id, "now": tx.now},
    )
    return ended.rowcount > 0


async def of_agency(tx: Tx, agency_ori: str) -> list[ApiKey]:
    """The live keys of an agency, newest first."""
    rows = await tx.rows(
        """
        select * from own.api_key where agency_ori = :agency_ori and revoked_at is null and expires_at > :now
        order by created_at desc, key_id
        """,
        {"agency_ori": agency_ori, "now": tx.now},
    )
    return [_key(row) for row in rows]


async def check(tx: Tx, presented: str, address: str) -> ApiKey | None:
    """The live key that was presented from an address it may come from, or None, without saying why."""
    prefix, key_id, secret = [*presented.split("_", 2), "", ""][:3]
    row = await tx.row("select * from own.api_key where key_id = :key_id", {"key_id": key_id})
    stored = row["secret_sha256"] if row is not None else bytes(32)
    right = hmac.compare_digest(stored, _digest(secret))
    if row is None or not right or prefix != "lead":
        return None
    if row["revoked_at"] is not None or row["expires_at"] <= tx.now:
        return None
    if row["addresses"] and not _within(address, row["addresses"]):
        return None
    return _key(row)


def _within(address: str, networks: Sequence[str]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network) for network in networks)


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(
        key_id=row["key_id"],
        agency_ori=row["agency_ori"],
        scopes=frozenset(row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
