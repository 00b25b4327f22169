"""A decision and a merge of its person at the same moment: the homes first, then the rows, on both sides.

The other order would let each hold what the other waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.referral.domain.charge_ledger import Cause
from services.referral.domain.referral_states import Act
from services.referral.store.deciding import decide_charge, decide_referral
from services.referral.store.person_index import lock_homes
from shared.messaging import Tx
from tests.integration.referral.feeds.agency_side import until
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import record

pytestmark = pytest.mark.integration
Decide = Callable[[Tx, Any], Awaitable[Any]]


async def _approve(tx: Tx, row: Any) -> None:
    await decide_referral(tx, row["referral_id"], Act.APPROVE, "supervisor", "eligible_after_review")


async def _give_up(tx: Tx, row: Any) -> None:
    await decide_charge(tx, row["charge_id"], Cause.GIVE_UP, "evidence")


@pytest.mark.parametrize(("decide", "table"), [(_approve, "referral"), (_give_up, "charge")])
async def test_a_decision_holds_no_row_while_it_waits_for_a_merge(
    police: PoliceSide, decide: Decide, table: str
) -> None:
    await police.refer(record(complainant="unknown"))
    (row,) = await police.rows("select referral_id, charge_id from own.charge")

    async def decision() -> None:
        async with police.consuming() as tx:
            await decide(tx, row)

    async with police.consuming() as merging:
        await lock_homes(merging)
        deciding = asyncio.create_task(decision())
        await until(
            lambda: police.rows(
                "select 1 from pg_locks where locktype = 'advisory' and not granted"
                " and database = (select oid from pg_database where datname = current_database())"
            )
        )
        async with police.consuming() as other:
            # Raises if the row is held.
            await other.execute(
                f"select 1 from own.{table} where {table}_id = :id for update nowait",
                {"id": row[f"{table}_id"]},
            )
        assert not deciding.done()
    await deciding
