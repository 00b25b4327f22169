"""Facts become cells, in any order, once; corrections, voids, erasures and merges take back what they must."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from services.metrics.domain.windows import Tally
from services.metrics.store.cells import read_counts
from shared.contracts import ErasureRecorded, Event
from tests.integration.metrics.running import Metrics, statements
from tests.metrics_facts import (
    LEARNED,
    arrest,
    contact,
    decided,
    followed,
    held_charge,
    intake,
    merged,
    referral,
    status,
    uid,
)

pytestmark = pytest.mark.integration
DAY = date(2026, 1, 15)
LATER = date(2026, 11, 20)


def county() -> list[Event]:
    """A little of everything that can happen, with corrections."""
    facts: list[Event] = []
    for n in range(8):
        facts += followed(f"p{n}", DAY + timedelta(n), before=n % 4, after=n % 3)
    facts += [
        arrest("p0-b0", "p0", DAY - timedelta(10), version=2, action="replace", disposition="warned"),
        arrest("p1-late", "p1", DAY + timedelta(40), disposition="cited"),
        status("p2-moved", "p2", DAY + timedelta(90), "moved"),
        referral("q-r", "q", DAY, pathway="social_contact"),
        decided("q-d1", "q-r", "q", DAY, "waitlisted", 1),
        decided("q-d2", "q-r", "q", DAY + timedelta(3), "declined", 2),
        referral("w-r", "w", DAY, decision="ineligible"),
        held_charge("p3-h", "p3-r", "p3", DAY, "held"),
        held_charge("p3-h", "p3-r", "p3", DAY + timedelta(5), "relinquished", version=2, action="replace"),
        arrest("s-1", "s", DAY, linkable=False),
        merged("m1", "p4", "p5"),
        merged("m2", "p5", "p6"),
        merged("m1", "p4", "p5", version=2, action="replace", undone=True),
    ]
    return facts


async def test_cells_and_facts_are_the_same_in_any_order_with_a_third_duplicated(metrics: Metrics) -> None:
    facts = county()
    void = contact("p7-c", "p7", DAY).void(3, LEARNED, "error")
    await metrics.deliver(*facts, void)
    await metrics.count()
    expected = await metrics.tables()
    assert expected["cell_window"]
    random = Random(20)
    for _ in range(20):
        await metrics.forget_all()
        shuffled = [*facts, void, *random.sample([*facts, void], len(facts) // 3)]
        random.shuffle(shuffled)
        while shuffled:
            batch, shuffled = shuffled[:17], shuffled[17:]
            await metrics.deliver(*batch)
            if random.random() < 0.4:
                await metrics.count()
        await metrics.count()
        assert await metrics.tables() == expected


async def test_a_person_is_counted_before_and_after_as_the_windows_say(metrics: Metrics) -> None:
    await metrics.deliver(*followed("p", DAY, before=2, after=1))
    await metrics.deliver(arrest("p-gap", "p", DAY + timedelta(3)), arrest("p-day0", "p", DAY + timedelta(5)))
    await metrics.count()
    async with metrics.tx() as tx:
        counts = await read_counts(tx, LATER)
        early = await read_counts(tx, DAY + timedelta(186))
        ripe = await read_counts(tx, DAY + timedelta(187))
    assert counts.tally("any", 182, "full") == Tally(1, 1, 1, 1, 2, 1, 4, 1, 2, 0)
    assert counts.tally("any", 365, "full").n == 0, "365 days are not over yet"
    assert early.tally("any", 182, "full").n == 0
    assert ripe.tally("any", 182, "full").n == 1


async def test_the_stop_that_led_to_lead_is_in_neither_window(metrics: Metrics) -> None:
    named = arrest("p-stop", "p", DAY - timedelta(1))
    await metrics.deliver(*followed("p", DAY, before=0, after=0), named)
    await metrics.deliver(referral("p-r", "p", DAY, version=2, action="replace", arrest_id=named.arrest_id))
    await metrics.count()
    async with metrics.tx() as tx:
        assert (await read_counts(tx, LATER)).tally("contact", 182, "full").sum_pre == 0


async def test_who_died_or_moved_inside_the_window_is_left_out_and_counted_apart(metrics: Metrics) -> None:
    await metrics.deliver(*followed("p", DAY, before=1, after=1), status("s", "p", DAY + timedelta(60), "deceased"))
    await metrics.count()
    async with metrics.tx() as tx:
        counts = await read_counts(tx, LATER)
    assert counts.tally("any", 182, "full").n == 0
    assert counts.tally("any", 182, "left").n == 1


async def test_void_tombstone_and_erasure_leave_no_trace_in_the_cells(metrics: Metrics) -> None:
    await metrics.deliver(*followed("kept", DAY, before=1, after=0))
    await metrics.count()
    alone = await metrics.cells()
    gone = followed("gone", DAY, before=2, after=2)
    await metrics.deliver(*gone)
    await metrics.count()
    assert await metrics.cells() != alone
    await metrics.deliver(
        ErasureRecorded(
            erasure_id=uid("e"), service="casework", state="ordered", person_id=uid("gone"), recorded_at=LEARNED
        )
    )
    await metrics.count()
    assert await metrics.cells() == alone
    outbox = await metrics.published()
    assert [(row["state"], row["service"], row["rows_left"]) for row in outbox] == [("confirmed", "metrics", 0)]
    await metrics.deliver(*[metrics.tombstone(fact, 1) for fact in gone])
    await metrics.count()
    assert await metrics.cells() == alone


async def test_merged_people_are_one_and_unmerged_people_two_again(metrics: Metrics) -> None:
    await metrics.deliver(*followed("a", DAY, before=1, after=0), arrest("b-1", "b", DAY - timedelta(30)))
    await metrics.count()
    apart = await metrics.cells()
    await metrics.deliver(merged("m", "a", "b"))
    await metrics.count()
    async with metrics.tx() as tx:
        assert (await read_counts(tx, LATER)).tally("any", 182, "full").sum_pre == 2
    await metrics.deliver(merged("m", "a", "b", version=2, action="replace", undone=True))
    await metrics.count()
    assert await metrics.cells() == apart


async def test_nothing_that_is_stored_holds_a_person_id(metrics: Metrics) -> None:
    await metrics.deliver(*county())
    await metrics.count()
    people = [f"p{n}" for n in range(8)] + ["q", "w", "s"]
    stored = repr(await metrics.tables())
    for person in people:
        assert str(uid(person)) not in stored
        assert uid(person).hex not in stored
        assert repr(uid(person).bytes)[2:-1] not in stored


async def test_a_batch_costs_the_same_few_statements_whatever_its_size(metrics: Metrics) -> None:
    few = [arrest(f"few{n}", f"f{n}", DAY) for n in range(5)]
    many = [arrest(f"many{n}", f"m{n}", DAY) for n in range(500)]
    with statements(metrics.consumer) as for_few:
        await metrics.deliver(*few)
    with statements(metrics.consumer) as for_many:
        await metrics.deliver(*many)
    assert len(for_few) == len(for_many) == 2, "the inbox, and one statement that stores facts and queues people"
    with statements(metrics.consumer) as counting:
        await metrics.count()
    assert len(counting) <= 20


async def test_an_intake_before_its_referral_waits_in_the_facts(metrics: Metrics) -> None:
    await metrics.deliver(intake("i", "r", "p", DAY))
    await metrics.count()
    assert not (await metrics.cells())["copied.cell_window"]
    await metrics.deliver(referral("r", "p", DAY - timedelta(2)))
    await metrics.count()
    assert (await metrics.cells())["copied.cell_window"]
