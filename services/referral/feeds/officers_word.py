"""LEAD was not offered, and an officer said so: told as a record of its own, until the police record tells of it.

One stop counts once. Where the agency's own records come here, the case number joins the two: the police record
then says `offered: false`, and the form's record is taken back. Without a number it cannot be told apart from what the
agency sends, and stays untold; a warning, which no agency sends, is told always.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.arrest import CanonicalArrest
from services.referral.domain.discretion import SOURCE, Recorded, same_stop
from services.referral.feeds.records import open_batch, seal
from services.referral.feeds.sealing import Sealer
from services.referral.store import discretion, raw_records
from services.referral.store.policy import policy_of
from shared.messaging import Tx

PAGE: Final = 200


async def tell(tx: Tx) -> None:
    """Join what officers said to the police records of their cases, and tell of the rest."""
    rows = await discretion.open_ones(tx, PAGE)
    if rows:
        by_case = await discretion.of_cases(tx, rows)
        taken: set[UUID] = set()
        records: dict[str, list[CanonicalArrest]] = defaultdict(list)
        settled: list[dict[str, Any]] = []
        for row in rows:
            word = discretion.opened(tx, row)
            recorded = [
                Recorded(arrest_id=one["arrest_id"], sex=one["sex"], race=one["race"])
                for one in by_case.get((row["agency_ori"], row["case_key"]), [])
                if one["arrest_id"] not in taken
            ]
            found = same_stop(word, recorded)
            if isinstance(found, Recorded):
                taken.add(found.arrest_id)
            state = _state(row, found)
            if row["state"] == "told" and state != "told":
                records[word.ori].append(word.arrest(row["discretion_id"], withdrawn=True))
            elif row["state"] != "told" and state == "told":
                records[word.ori].append(word.arrest(row["discretion_id"]))
            arrest_id = found.arrest_id if isinstance(found, Recorded) else None
            settled.append({"discretion_id": row["discretion_id"], "state": state, "arrest_id": arrest_id})
        await discretion.settle(tx, settled)
        for ori, of_agency in records.items():
            await _stage(tx, ori, of_agency)
    await discretion.say_not_offered(tx, PAGE)


def _state(row: RowMapping, found: Recorded | str | None) -> str:
    if found == "unclear":
        return "unclear"
    if found is not None:
        return "joined"
    if row["state"] in ("told", "unclear"):
        return str(row["state"])
    alone = row["is_fed"] and row["case_key"] is None and row["did"] != "warned"
    return "silent" if alone else "told"


async def _stage(tx: Tx, ori: str, records: Sequence[CanonicalArrest]) -> None:
    """The road of every record: the worker links and applies it."""
    batch = await open_batch(tx, ori, len(records), source=SOURCE)
    sealer = Sealer(tx.keys, batch, await policy_of(tx))
    await raw_records.stage(tx, batch, seal(sealer, records, range(1, len(records) + 1)))
