"""The programme's places, told to the other services whenever the shipped policy changes one."""

from __future__ import annotations

import hashlib

from services.referral.domain.policy import Policy
from services.referral.store.rowset import rowset
from shared.contracts import JurisdictionChanged
from shared.messaging import Tx


async def publish_changed(tx: Tx, rules: Policy) -> int:
    """Publish each area whose content differs from what was told; how many there were."""
    told = {row["area_id"]: row for row in await tx.rows("select * from own.area")}
    changed = []
    for area in rules.areas:
        content = hashlib.sha256(area.model_dump_json().encode()).digest()
        before = told.get(area.area_id)
        if before is not None and bytes(before["content_hash"]) == content:
            continue
        version = before["version"] + 1 if before is not None else 1
        changed.append({"area_id": area.area_id, "version": version, "content_hash": content})
        tx.publish(
            JurisdictionChanged(
                version=version,
                action="record" if version == 1 else "replace",
                recorded_at=tx.now,
                area_id=area.area_id,
                municipality=area.municipality,
                zone=area.zone,
                name=area.name,
                timezone=rules.timezone,
                stages=list(area.stages),
                covering=list(area.covering),
            )
        )
    if changed:
        await tx.execute(
            """
            insert into own.area (area_id, version, content_hash)
            select area_id, version, content_hash from jsonb_to_recordset(cast(:rows as jsonb))
              as r(area_id text, version int, content_hash bytea)
            on conflict (area_id) do update set version = excluded.version, content_hash = excluded.content_hash
            """,
            {"rows": rowset(changed)},
        )
    return len(changed)
