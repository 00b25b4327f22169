"""API keys as the operator lists them: who holds one, for what, until when. No secrets."""

from __future__ import annotations

from sqlalchemy import RowMapping

from shared.messaging import Tx


async def listed(tx: Tx, agency_ori: str | None) -> list[RowMapping]:
    """Keys of one agency, or of all, newest first; ended ones too."""
    return await tx.rows(
        """
        select key_id, agency_ori, scopes, addresses, created_at, expires_at, revoked_at from own.api_key
        where cast(:ori as text) is null or agency_ori = :ori order by created_at desc, key_id
        """,
        {"ori": agency_ori},
    )


async def known(tx: Tx, key_id: str) -> bool:
    """Whether there ever was such a key."""
    return bool(await tx.value("select true from own.api_key where key_id = :key_id", {"key_id": key_id}))


async def live(tx: Tx, key_id: str) -> bool:
    """Whether a key can still be used."""
    return bool(
        await tx.value(
            "select true from own.api_key where key_id = :key_id and revoked_at is null and expires_at > :now",
            {"key_id": key_id, "now": tx.now},
        )
    )
