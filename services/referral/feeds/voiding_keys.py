"""Carries out orders to take back what an API key sent: a page of arrests, uses or referrals in each transaction.

First whatever of the key waits is refused, so that nothing of it is applied meanwhile. Then each arrest and use that
stands as the key left it goes back to what came another way before, or becomes void; referrals become void. The same
order again finds nothing more to do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from sqlalchemy import RowMapping

from services.referral.domain.judging_again import judge_again
from services.referral.store import (
    batches,
    key_void_arrests,
    key_void_referrals,
    key_void_uses,
    raw_records,
    sent_text,
    uses,
)
from services.referral.store import key_voids as orders
from services.referral.store.crosswalk import classifier_on
from services.referral.store.key_voids import Order
from services.referral.store.person_index import hold_homes
from services.referral.store.policy import policy_of
from shared.contracts import ArrestRecorded, UtilizationRecorded
from shared.messaging import Tx

PAGE: Final = 1000
REFERRALS: Final = 200
ERROR: Final = {"code": "E_KEY_VOIDED", "reason": "county IT took back what this key sent then: send it again"}
_DECIDED: Final = {
    "relinquished": "a charge was given up for good and stays so",
    "filed": "a charge was filed and stays so",
    "not_filed": "a charge was decided not to be filed and stays so",
}
Stage = Callable[[Tx, Order], Awaitable[bool]]
"""One step of a stage; True if the stage is over."""


async def void_keys(tx: Tx) -> bool:
    """One step of the oldest order; True if there is more to do at once, in another transaction."""
    order = await orders.next_order(tx)
    if order is None:
        return False
    over = await _STAGES[order.stage](tx, order)
    if over:
        names = [*_STAGES, "done"]
        order.stage, order.after = names[names.index(order.stage) + 1], orders.FIRST
    await orders.save(tx, order)
    return True


async def _refuse_waiting(tx: Tx, order: Order) -> bool:
    for batch_id in await orders.waiting(tx, order):
        order.add("batches_refused")
        if not order.dry_run:
            await raw_records.clear(tx, batch_id)
            await uses.clear(tx, batch_id)
            await batches.settle(tx, batch_id, "refused", error=ERROR)
    return True


async def _arrests(tx: Tx, order: Order) -> bool:
    rows = await key_void_arrests.page(tx, order, PAGE)
    earlier = await key_void_arrests.before(tx, order, [row["arrest_id"] for row in rows])
    rules = await policy_of(tx, order.programme)
    void, back = [], []
    for row in rows:
        arrest_id, was = row["arrest_id"], earlier.get(row["arrest_id"])
        if was is not None and was["live"]:
            order.add("arrests_restored")
            order.note("arrest_id", arrest_id, "went back to what came another way before")
            said = ArrestRecorded.model_validate(_arrest(tx, row, was["fact"]))
            # Under the policy of its day as it is now, which may have been adopted since.
            classifier = classifier_on(rules, rules.civil_day(said.arrested_at))
            judged = judge_again(was["fact"], sent_text.opened(tx.keys, was), classifier)
            fact = judged.fact if judged else was["fact"]
            back.append(_back(row, was, "arrest_id") | {"fact": fact})
            action = "replace" if row["state"] == "live" else "record"
            if not order.dry_run:
                await _told(tx, ArrestRecorded.model_validate(_arrest(tx, back[-1], fact, action)), row)
        elif row["state"] == "live":
            order.add("arrests_voided")
            void.append(arrest_id)
            if was is None and row["version"] > 1:
                order.note("arrest_id", arrest_id, "void; of what came before nothing is kept that came another way")
            if not order.dry_run:
                known = ArrestRecorded.model_validate(_arrest(tx, row, row["fact"]))
                tx.publish(known.void(row["version"] + 1, tx.now, "error"))
    if rows and not order.dry_run:
        await key_void_arrests.void(tx, void)
        await key_void_arrests.restore(tx, back)
    return _moved_on(order, rows, "arrest_id")


async def _uses(tx: Tx, order: Order) -> bool:
    rows = await key_void_uses.page(tx, order, PAGE)
    earlier = await key_void_uses.before(tx, order, [row["utilization_id"] for row in rows])
    void, back = [], []
    for row in rows:
        was = earlier.get(row["utilization_id"])
        if was is not None:
            order.add("uses_restored")
            order.note("utilization_id", row["utilization_id"], "went back to what came another way before")
            back.append(_back(row, was, "utilization_id"))
            if not order.dry_run:
                fact = UtilizationRecorded.model_validate(_use(tx, back[-1], was["fact"], "replace"))
                await _told(tx, fact, row)
        else:
            order.add("uses_voided")
            void.append(row["utilization_id"])
            if not order.dry_run:
                fact = UtilizationRecorded.model_validate(_use(tx, row, row["fact"]))
                tx.publish(fact.void(row["version"] + 1, tx.now, "error"))
    if rows and not order.dry_run:
        await key_void_uses.void(tx, void)
        await key_void_uses.restore(tx, back)
    return _moved_on(order, rows, "utilization_id")


async def _referrals(tx: Tx, order: Order) -> bool:
    await hold_homes(tx)
    rows = await key_void_referrals.page(tx, order, REFERRALS)
    if rows:
        order.add("referrals_voided", len(rows))
        if not order.dry_run:
            await key_void_referrals.void(tx, rows)
        for charge in await key_void_referrals.decided_charges(tx, [row["referral_id"] for row in rows]):
            kept = "charges_kept_relinquished" if charge["state"] == "relinquished" else "charges_kept_decided"
            order.add(kept)
            order.note("referral_id", charge["referral_id"], _DECIDED[charge["state"]])
    return _moved_on(order, rows, "referral_id")


async def _close(tx: Tx, order: Order) -> bool:
    for row in await orders.made_later(tx, order):
        what = "put right rows of a file of this key" if row["mends"] else "read a file of this key again"
        order.note("batch_id", row["batch_id"], f"somebody {what} after the window: not taken back")
    if order.dry_run:
        order.add("batches", await orders.unclosed(tx, order))
    else:
        await orders.age_back(tx, order)
        order.add("batches", await orders.close(tx, order, ERROR))
        await orders.forget_answers(tx, order)
    return True


_STAGES: Final[dict[str, Stage]] = {
    "batches": _refuse_waiting,
    "arrests": _arrests,
    "uses": _uses,
    "referrals": _referrals,
    "closing": _close,
}


def _moved_on(order: Order, rows: list[RowMapping], name: str) -> bool:
    if rows:
        order.after = rows[-1][name]
    return not rows


def _back(row: RowMapping, was: RowMapping, name: str) -> dict[str, Any]:
    """The row as the earlier record has it, in its next version."""
    # About the same person as before: it stays published as it was, whoever that person was merged into.
    same = row["home_id"] == was["home_id"]
    return {
        name: row[name],
        "version": row["version"] + 1,
        "person_id": row["person_id"] if same else was["person_id"],
        "home_id": was["home_id"],
        "batch_id": was["batch_id"],
        "number": was["number"],
    }


async def _told(tx: Tx, fact: ArrestRecorded | UtilizationRecorded, before: RowMapping) -> None:
    if fact.person_id == before["person_id"]:
        tx.publish(fact)
    else:
        await tx.move(fact, before["person_id"])


def _arrest(tx: Tx, row: Any, fact: dict[str, Any], action: str = "record") -> dict[str, Any]:
    return {**fact, "arrest_id": row["arrest_id"], **_envelope(tx, row, action)}


def _use(tx: Tx, row: Any, fact: dict[str, Any], action: str = "record") -> dict[str, Any]:
    return {**fact, "utilization_id": row["utilization_id"], **_envelope(tx, row, action)}


def _envelope(tx: Tx, row: Any, action: str) -> dict[str, Any]:
    return {"person_id": row["person_id"], "version": row["version"], "action": action, "recorded_at": tx.now}
