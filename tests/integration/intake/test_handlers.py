"""Other services' facts are kept in any order, follow merges, and lead to nothing published."""

from __future__ import annotations

from itertools import permutations

from sqlalchemy import event

from shared.contracts import DisclosureRecorded, ErasureRecorded, JurisdictionChanged
from shared.runtime.ids import uuid7
from tests.integration.intake import facts, interviewing
from tests.integration.intake.desk import Intake

AREA = JurisdictionChanged.model_validate(
    {
        "area_id": "pittsburgh-2",
        "municipality": "Pittsburgh",
        "zone": "2",
        "name": "Zone 2",
        "timezone": "America/New_York",
        "stages": [{"stage": "active", "from": "2024-04-11"}],
        "covering": [{"ori": "PAPPD0000", "from": "2024-04-11"}],
        "recorded_at": facts.NOW,
    }
)
TABLES = ("referral", "decision", "charge", "status", "assignment", "home", "merge", "area", "disclosure", "erasure")


async def test_any_order_leads_to_the_same_rows(intake: Intake) -> None:
    person, other = uuid7(), uuid7()
    one = facts.referral(person)
    parts = [
        one,
        facts.decision(one, "reopened", seq=2),
        facts.charge(one),
        facts.merge(other, person),
        facts.status(person),
    ]
    found = []
    for order in list(permutations(parts))[::17]:
        for fact in order:
            await intake.deliver(fact)
        found.append({table: await intake.rows(f"select * from copied.{table} order by 1") for table in TABLES})
        for table in TABLES:
            async with intake.consumer.begin() as connection:
                await connection.exec_driver_sql(f"delete from copied.{table}")
    assert all(state == found[0] for state in found)
    assert found[0]["referral"][0]["home_id"] == other
    assert found[0]["referral"][0]["person_id"] == person


async def test_a_merge_moves_what_intake_recorded_and_an_undoing_moves_it_back(intake: Intake) -> None:
    one = facts.referral(uuid7())
    survivor = uuid7()
    await intake.deliver(one, facts.profile(one.person_id))
    async with intake.browser() as client:
        await interviewing.whole(client, one.referral_id, share_police="yes", signature="Marlow")
        merge = facts.merge(survivor, one.person_id)
        await intake.deliver(merge)
        assert "District Attorney" in (await client.get(f"/people/{survivor}/consents")).text
    tables = ("own.claim", "own.contact", "own.interview", "own.interview_part", "own.baseline", "own.consent")
    for table in tables:
        assert {row["home_id"] for row in await intake.rows(f"select home_id from {table}")} == {survivor}
    undone = merge.model_copy(update={"undone": True, "version": 2, "action": "replace"})
    await intake.deliver(undone)
    for table in tables:
        assert {row["home_id"] for row in await intake.rows(f"select home_id from {table}")} == {one.person_id}


async def test_every_topic_is_kept_and_a_void_removes_its_row(intake: Intake) -> None:
    person = uuid7()
    disclosed = DisclosureRecorded(
        disclosure_id=uuid7(),
        person_id=None,
        basis="consent",
        consent_id=uuid7(),
        recipient_class="evaluation",
        information=["study_rows"],
        purpose="evaluation",
        at=facts.NOW,
        form="export",
        notice_version="1",
        recorded_at=facts.NOW,
    )
    ordered = ErasureRecorded(
        erasure_id=uuid7(), service="casework", state="ordered", person_id=uuid7(), recorded_at=facts.NOW
    )
    all_of_them = [AREA, disclosed, ordered, facts.status(person), facts.assignment(person, "coordinator1")]
    await intake.deliver(*all_of_them)
    for table in ("area", "disclosure", "erasure", "status", "assignment"):
        assert len(await intake.rows(f"select * from copied.{table}")) == 1, table
    for fact in all_of_them:
        await intake.deliver(fact.void(2, facts.NOW, "error"))
    for table in ("area", "disclosure", "erasure", "status", "assignment"):
        assert await intake.rows(f"select * from copied.{table}") == [], table


async def test_an_erasure_leaves_no_row_and_no_fact_of_the_person_and_is_confirmed_once(intake: Intake) -> None:
    one, other = facts.referral(uuid7()), facts.referral(uuid7())
    for fact in (one, other):
        await intake.deliver(fact, facts.charge(fact), facts.profile(fact.person_id), facts.status(fact.person_id))
        async with intake.browser() as client:
            await interviewing.whole(client, fact.referral_id, share_police="yes", signature="Marlow")
    order = ErasureRecorded(
        erasure_id=uuid7(), service="casework", state="ordered", person_id=one.person_id, recorded_at=facts.NOW
    )
    await intake.deliver(order)
    await intake.deliver(order)
    tables = [
        row["name"]
        for row in await intake.rows(
            "select table_schema || '.' || table_name as name from information_schema.columns "
            "where table_schema in ('own', 'copied') and column_name = 'home_id' and table_name <> 'home'"
        )
    ]
    kept = 0
    for table in tables:
        people = {row["person_id"] for row in await intake.rows(f"select person_id from {table}")}
        assert one.person_id not in people, table
        kept += other.person_id in people
    assert kept >= 9
    (confirmed,) = await intake.published("erasure-recorded")
    assert (confirmed["state"], confirmed["service"], confirmed["rows_left"]) == ("confirmed", "intake", 0)
    async with intake.relay.connect() as connection:
        gone = await connection.exec_driver_sql("select aggregatetype from own.outbox where payload is null")
        assert set(gone.scalars()) == {
            "intake-completed",
            "consent-recorded",
            "contact-logged",
            "assessment-recorded",
            "status-recorded",
        }


async def test_copying_publishes_nothing(intake: Intake) -> None:
    one = facts.referral(uuid7())
    await intake.deliver(one, facts.charge(one), facts.profile(one.person_id), facts.decision(one, "expired"))
    assert await intake.rows("select 1 from own.dead_letter") == []
    async with intake.relay.connect() as connection:
        rows = await connection.exec_driver_sql("select count(*) from own.outbox")
        assert rows.scalar() == 0


async def test_a_batch_costs_the_same_few_statements_whatever_its_size(intake: Intake) -> None:
    counts = []
    for size in (1, 200):
        sent: list[str] = []

        def note(_c: object, _k: object, statement: str, *_rest: object, sent: list[str] = sent) -> None:
            sent.append(statement)

        event.listen(intake.consumer.engine.sync_engine, "before_cursor_execute", note)
        await intake.deliver(*(facts.referral(uuid7()) for _ in range(size)))
        event.remove(intake.consumer.engine.sync_engine, "before_cursor_execute", note)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 5
